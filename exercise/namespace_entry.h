#pragma once
#include <string>
#include <utility>
#include <vector>

/// The way into a network namespace, in two halves: what may allocate comes before fork, what may not after
/// it.
namespace muster {

/// Finds out and opens what entering needs. An empty name is this machine's own network: nothing to enter.
class NamespaceEntry {
 public:
  explicit NamespaceEntry(const std::string& name);  ///< throws Refused
  ~NamespaceEntry();
  NamespaceEntry(const NamespaceEntry&) = delete;
  NamespaceEntry& operator=(const NamespaceEntry&) = delete;

  /// Enters; async-signal-safe. The caller has one thread. Returns null, or which part failed (errno says
  /// why).
  const char* enter() const;
  int descriptor() const { return file_; }  ///< what enter() needs to be open; -1: nothing

 private:
  int file_ = -1;
  std::vector<std::pair<std::string, std::string>> binds_;  ///< from /etc/netns/NAME/x over /etc/x
};

}  // namespace muster
