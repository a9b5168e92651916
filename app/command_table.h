#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "app/commands.h"

/// All commands of muster, and which of them words mean. A command's name is one word, or a group's word and one or two of its own.
namespace muster {

struct CommandEntry {
  Command (*options)();
  ExitCode (*run)(const Arguments&);
};

/// In the order in which they are listed.
std::span<const CommandEntry> all_commands();

struct FoundCommand {
  const CommandEntry* entry = nullptr;  ///< null: none
  std::size_t words = 0;                ///< of its name
};
/// The command with the longest name that the words begin with: "history show" before "history".
FoundCommand find_command(const std::vector<std::string>& words);

/// Whether the word is that of several commands ("exercise run", …) and of none alone.
bool is_group(const std::string& word);
/// What to say of a group: its commands with their summaries, at most 80 columns wide.
std::string group_help(const std::string& group);
/// The second words of a group's commands.
std::vector<std::string> words_of_group(const std::string& group);
/// Every first word.
std::vector<std::string> first_words();

}  // namespace muster
