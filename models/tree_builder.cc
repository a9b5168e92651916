#include "models/tree_builder.h"

#include <algorithm>
#include <unordered_set>

#include "models/json_pointer.h"
#include "models/wording.h"

namespace muster {
namespace {

constexpr std::size_t longest_key = 1024;

struct Extent {
  std::size_t nodes = 0, bytes = 0;
};

// Stops counting where the budget is spent: an alias bomb costs no more than what it may.
int measure(const Node& node, std::size_t most, Extent& extent) {
  ++extent.nodes;
  extent.bytes += node.text.size();
  int height = node.is_scalar() ? 0 : 1;
  auto below = [&](const Node& child) {
    if (extent.nodes <= most) height = std::max(height, 1 + measure(child, most, extent));
  };
  for (const Node& item : node.items) below(item);
  for (const Member& member : node.members) {
    extent.bytes += member.key.size();
    below(member.value);
  }
  return height;
}

}  // namespace

TreeBuilder::TreeBuilder(std::string name, const LoadLimits& limits) : name_(std::move(name)), limits_(limits) {}

void TreeBuilder::fail(Place place, std::string message) const {
  std::vector<Problem> problems = problems_;
  problems.push_back({Problem::Severity::error, name_, place.line, place.column, pointer(), std::move(message)});
  throw InvalidInput(std::move(problems));
}

std::string TreeBuilder::pointer() const {
  std::string out;
  for (const Open& level : open_) {
    if (level.node.kind == Node::Kind::list) {
      out += "/" + std::to_string(level.node.items.size());
    } else if (level.has_key) {
      out += "/" + escaped_token(level.node.members.back().key);
    }
  }
  return out;
}

void TreeBuilder::spend(std::size_t nodes, std::size_t bytes, Place place, const char* why) {
  nodes_ += nodes;
  bytes_ += bytes;
  if (nodes_ > limits_.nodes) fail(place, std::string(why) + " more than " + std::to_string(limits_.nodes) + " values");
  if (bytes_ > 4 * limits_.bytes)
    fail(place, std::string(why) + " more than " + std::to_string(4 * limits_.bytes) + " bytes of text");
}

void TreeBuilder::reject_key(const Node& key, std::string message) {
  if (problems_.size() < limits_.problems) {
    problems_.push_back({Problem::Severity::error, name_, key.place.line, key.place.column, pointer() + "/" + escaped_token(key.text), std::move(message)});
  } else {
    ++more_problems_;
  }
}

void TreeBuilder::take_key(const Node& node) {
  Open& map = open_.back();
  if (node.kind == Node::Kind::null && node.text.empty())
    fail(node.place, "a key is missing before the colon (or write '')");
  if (node.text.size() > longest_key)
    fail(node.place, "a key of " + std::to_string(node.text.size()) + " bytes; at most " + std::to_string(longest_key) + " are read");
  if (node.text == "<<" && !node.quoted) {
    reject_key(node, "YAML 1.2 has no merge keys: write the keys of << out, or alias a whole value");
  } else if (auto [first, is_new] = map.seen.emplace(node.text, node.place); !is_new) {
    reject_key(node, "the key " + in_quotes(node.text) + " was given already, at " + std::to_string(first->second.line) + ":" +
                         std::to_string(first->second.column) + "; one of the two has to go");
  }
  map.node.members.push_back({node.text, node.place, Node{}});
  map.has_key = true;
}

void TreeBuilder::add(Node node) {
  if (open_.empty()) {
    root_ = std::move(node);
  } else if (Open& level = open_.back(); level.node.kind == Node::Kind::list) {
    level.node.items.push_back(std::move(node));
  } else {
    level.node.members.back().value = std::move(node);
    level.has_key = false;
  }
}

void TreeBuilder::remember(const std::string& anchor) {
  if (anchor.empty()) return;
  Way way;
  for (const Open& level : open_)
    way.push_back(level.node.kind == Node::Kind::list ? level.node.items.size() : level.node.members.size() - 1);
  anchors_[anchor] = std::move(way);
}

void TreeBuilder::scalar(Node node, const std::string& anchor) {
  bool is_key = !open_.empty() && open_.back().node.kind == Node::Kind::map && !open_.back().has_key;
  spend(is_key ? 0 : 1, node.text.size(), node.place, "the document holds");
  if (is_key) {
    if (!anchor.empty()) fail(node.place, "an anchor on a key; anchors are read on values only");
    take_key(node);
    return;
  }
  remember(anchor);
  add(std::move(node));
}

void TreeBuilder::open(Node::Kind kind, Place place, const std::string& anchor) {
  spend(1, 0, place, "the document holds");
  if (!open_.empty() && open_.back().node.kind == Node::Kind::map && !open_.back().has_key)
    fail(place, std::string("a key must be text; found ") + (kind == Node::Kind::list ? "a list" : "a map"));
  if (static_cast<int>(open_.size()) >= limits_.depth)
    fail(place, "nested deeper than " + std::to_string(limits_.depth) + " levels");
  remember(anchor);
  Node node;
  node.kind = kind;
  node.place = place;
  open_.push_back({std::move(node), false, {}});
}

void TreeBuilder::close() {
  Node node = std::move(open_.back().node);
  open_.pop_back();
  add(std::move(node));
}

const Node* TreeBuilder::follow(const Way& way) const {
  const Node* node = open_.empty() ? &root_ : &open_[0].node;
  for (std::size_t depth = 0; depth < way.size(); ++depth) {
    // While the parent on the way is open itself, its newest child may be the next open one.
    bool parent_is_open = depth < open_.size() && node == &open_[depth].node;
    std::size_t children = node->kind == Node::Kind::list ? node->items.size() : node->members.size();
    bool unfinished = parent_is_open && (node->kind == Node::Kind::list ? way[depth] == children
                                                                        : way[depth] + 1 == children && open_[depth].has_key);
    if (unfinished) {
      if (depth + 1 >= open_.size()) return nullptr;
      node = &open_[depth + 1].node;
    } else {
      node = node->kind == Node::Kind::list ? &node->items[way[depth]] : &node->members[way[depth]].value;
    }
  }
  for (const Open& level : open_)
    if (node == &level.node) return nullptr;
  return node;
}

void TreeBuilder::alias(const std::string& anchor, Place place) {
  auto found = anchors_.find(anchor);
  if (found == anchors_.end()) fail(place, "the alias *" + anchor + " has no anchor &" + anchor + " before it");
  const Node* node = follow(found->second);
  if (node == nullptr) fail(place, "the alias *" + anchor + " stands inside the value that its anchor names");
  Extent extent;
  int height = measure(*node, limits_.nodes, extent);
  spend(extent.nodes, extent.bytes, place, ("with the alias *" + anchor + " written out, the document holds").c_str());
  if (node->is_scalar() && !open_.empty() && open_.back().node.kind == Node::Kind::map && !open_.back().has_key)
    fail(place, "an alias as a key; write the key out");
  if (static_cast<int>(open_.size()) + height > limits_.depth)
    fail(place, "with the alias *" + anchor + " written out, nested deeper than " + std::to_string(limits_.depth) + " levels");
  add(Node(*node));
}

namespace {
void remove_rejected(Node& node) {
  for (Node& item : node.items) remove_rejected(item);
  std::unordered_set<std::string> seen;
  std::erase_if(node.members, [&](const Member& member) { return member.key == "<<" || !seen.insert(member.key).second; });
  for (Member& member : node.members) remove_rejected(member.value);
}
}  // namespace

Document TreeBuilder::finish() {
  if (!problems_.empty()) remove_rejected(root_);
  if (more_problems_ > 0)
    problems_.push_back({Problem::Severity::error, name_, 0, 0, "", "and " + std::to_string(more_problems_) + " more keys that do not count"});
  return Document{{name_}, std::move(root_), std::move(problems_)};
}

}  // namespace muster
