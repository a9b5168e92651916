#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/load.h"

/// A YAML or JSON file as a tree in which everything knows its place.
///
/// Scalars follow the core schema of YAML 1.2 (`NO` is text, `010` the number it looks like) and keep the text as it was
/// written. Aliases are expanded; a value that came in by one has the place of its anchor. Trees are values.
namespace muster {

struct Place {
  int line = 0, column = 0;  ///< from 1; 0: not in the file
  int source = 0;            ///< index into Document::sources
  friend bool operator==(const Place&, const Place&) = default;
};

struct Member;

struct Node {
  enum class Kind : std::uint8_t { null, boolean, number, text, list, map };
  Kind kind = Kind::null;
  bool quoted = false;  ///< a scalar in quotes, a block or tagged !!str: text whatever it looks like
  Place place;
  std::string text;             ///< of a scalar: as written, without quotes
  std::vector<Node> items;      ///< of a list
  std::vector<Member> members;  ///< of a map, in file order; keys are unique

  bool is_scalar() const { return kind != Kind::list && kind != Kind::map; }
  const Node* find(std::string_view key) const;  ///< the member's value, or null
  Node* find(std::string_view key);
};

struct Member {
  std::string key;
  Place place;
  Node value;
};

struct Document {
  std::vector<std::string> sources;  ///< 0: the file; then one for each setting, as "--set /pointer"
  Node root;
  std::vector<Problem> problems;     ///< keys that do not count: errors, to be reported with whatever else is wrong
};

/// "a list", "a map", "nothing", `"abc"`, "5": what stands there, for a message.
std::string describe(const Node& node);

/// What a plain scalar is by the core schema of YAML 1.2.
Node::Kind resolve_plain(std::string_view text);

/// Reads one document. JSON that is strictly JSON is read as such, anything else as YAML. Of keys that
/// are given twice the first counts, merge keys (<<) not at all. Throws InvalidInput with the one thing that stopped the reading: too large, too deep, too many nodes, bad UTF-8, syntax.
/// `name` stands for the file in messages.
Document read_document(std::string_view text, const std::string& name, const LoadLimits& limits = {});

/// The bytes of a file, at most `limit` of them. Throws InvalidInput where it cannot be read or is larger.
std::string read_file(const std::string& path, std::size_t limit);

}  // namespace muster
