#pragma once
#include <functional>
#include <string>

/// The kernel's packet filter, by its library.
namespace muster {

struct FilterAnswer {
  bool done = false;
  std::string output;  ///< what is listed
  std::string error;   ///< the kernel's or the parser's words
};

enum class Filtering { perform, list, rehearse };

/// Commands in a network namespace ("" is the caller's own), all of them or none; `list` answers in JSON, `rehearse` lets the kernel
/// examine them and changes nothing. Blocks briefly; thread-safe. Throws std::runtime_error where there is no such namespace.
FilterAnswer filter(const std::string& netns, const std::string& commands, Filtering how = Filtering::perform);

/// Does something in a network namespace, in a thread of its own that then ends. Throws what `work` throws, and
/// std::runtime_error where there is no such namespace.
void in_network(const std::string& netns, const std::function<void()>& work);

}  // namespace muster
