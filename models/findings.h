#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/document.h"

/// Problems as they are found, each with its place.
namespace muster {

/// A value and the way to it, as a chain on the stack: a pointer is spelled out only when something is reported.
struct View {
  const Node* node;
  const View* parent = nullptr;
  std::string_view key{};  ///< under a map
  int index = -1;        ///< in a list
  Place key_place{};       ///< under a map

  const Node* operator->() const { return node; }
  View member(const Member& member) const { return {&member.value, this, member.key, -1, member.place}; }
  View item(std::size_t i) const { return {&node->items[i], this, {}, static_cast<int>(i), {}}; }
  std::string pointer() const;
};

/// Collects, counts beyond a limit, and remembers where values are wrong, so that what depends on them stays quiet.
class Findings {
 public:
  explicit Findings(const Document& document, std::size_t limit) : document_(document), limit_(limit) {}

  void error(Problem problem);
  void error(const View& at, const std::string& message);          ///< at the value
  void error_at_key(const View& at, const std::string& message);   ///< at its key, where it has one
  void error(const std::string& pointer, const std::string& message);
  void warning(Problem problem);
  void warning(const std::string& pointer, const std::string& message);
  /// In another file that the value points to: at its line or, as a whole, at the value.
  void error_in(const std::string& file, int line, const View& at, const std::string& message);

  /// Takes over what another document's findings have and these have not, each message after `prefix`.
  void add_new(const Findings& others, const std::string& prefix);

  /// Whether no error was found at the pointer or below it.
  bool clean(const std::string& pointer) const;
  /// Whether reporting goes on: beyond the limit, places and suggestions are not worth their time.
  bool full() const { return errors_.size() >= limit_; }
  const Node& root() const { return document_.root; }
  std::size_t errors() const { return errors_.size() + more_; }

  /// In file order, the count of those beyond the limit last.
  std::vector<Problem> sorted_errors() const;
  std::vector<Problem> sorted_warnings() const;

 private:
  void add(Problem::Severity severity, Place place, const std::string& pointer, const std::string& message);

  const Document& document_;
  std::size_t limit_;
  std::vector<Problem> errors_, warnings_;
  std::set<std::string> wrong_;
  std::size_t more_ = 0;
};

}  // namespace muster
