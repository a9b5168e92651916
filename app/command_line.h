#pragma once
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

/// Commands and their options, as values; parsing is Boost.Program_options'.
namespace muster {

/// The command line is wrong; what() says how, in a sentence.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Option {
  std::string name;   ///< without dashes
  std::string value;  ///< what stands for the value in the help; empty: a switch
  std::string help;
  bool repeatable = false;
};

struct Command {
  std::string name;
  std::string summary;     ///< one line
  std::string positional;  ///< "SCENARIO", "SCENARIO [STUDY]", "FILE...", "[FILE]", "": one, one or two, at least one, at most one, none
  std::vector<Option> options;
  std::string notes;  ///< examples, below the options
};

struct Arguments {
  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>> values;
  bool has(const std::string& option) const { return values.contains(option); }
  /// The value of an option, or `otherwise` where it was not given.
  std::string value(const std::string& option, const std::string& otherwise = "") const;
  std::vector<std::string> all(const std::string& option) const;
};

/// Throws UsageError on an unknown option (with the nearest), a missing value, an option given twice, and too
/// many or too few positional arguments. Options may not be abbreviated. With "help" given, what is missing
/// does not matter.
Arguments parse(const Command& command, std::span<const std::string> words);

/// Usage, options and notes, at most 80 columns wide.
std::string help_text(const Command& command);

}  // namespace muster
