#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "models/document.h"

/// Builds a tree from a stream of events, within limits; what the YAML and the JSON reader share.
namespace muster {

/// Throws InvalidInput where reading cannot go on; collects keys that do not count meanwhile.
class TreeBuilder {
 public:
  TreeBuilder(std::string name, const LoadLimits& limits);

  void scalar(Node node, const std::string& anchor = "");
  void open(Node::Kind kind, Place place, const std::string& anchor = "");  ///< a list or a map
  void close();
  void alias(const std::string& anchor, Place place);

  /// The finished tree, with the keys that do not count.
  Document finish();
  [[noreturn]] void fail(Place place, std::string message) const;

 private:
  struct Open {
    Node node;
    bool has_key = false;  ///< of a map: its last member waits for its value
    std::unordered_map<std::string, Place> seen;
  };
  /// The way to an anchored value, an index a level: it stays right as the tree grows at its end, and costs no copy.
  using Way = std::vector<std::size_t>;

  void add(Node node);
  void take_key(const Node& node);
  void reject_key(const Node& key, std::string message);
  void remember(const std::string& anchor);
  const Node* follow(const Way& way) const;
  void spend(std::size_t nodes, std::size_t bytes, Place place, const char* why);
  std::string pointer() const;

  std::string name_;
  LoadLimits limits_;
  std::vector<Open> open_;
  std::unordered_map<std::string, Way> anchors_;
  std::size_t nodes_ = 0, bytes_ = 0;
  Node root_;
  std::vector<Problem> problems_;
  std::size_t more_problems_ = 0;
};

}  // namespace muster
