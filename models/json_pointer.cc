#include "models/json_pointer.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "models/wording.h"

namespace muster {
namespace {

std::string joined(const std::vector<std::string>& tokens, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += "/" + escaped_token(tokens[i]);
  return out;
}

std::vector<std::string> keys_of(const Node& map) {
  std::vector<std::string> keys;
  for (const Member& member : map.members) keys.push_back(member.key);
  return keys;
}

// RFC 6901: digits without a leading zero.
std::optional<std::size_t> index_of(const std::string& token) {
  std::size_t index = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || (token.size() > 1 && token[0] == '0')) return {};
  return index;
}

[[noreturn]] void dangling(const Node& at, const std::vector<std::string>& tokens, std::size_t count) {
  std::string place = count == 0 ? "the document" : in_quotes(joined(tokens, count));
  const std::string& token = tokens[count];
  if (at.kind == Node::Kind::map) {
    std::string nearby = nearest(token, keys_of(at));
    std::string hint = nearby.empty() ? "" : "; did you mean " + in_quotes(joined(tokens, count) + "/" + escaped_token(nearby)) + "?";
    throw std::invalid_argument(place + " has no key " + in_quotes(token) + hint);
  }
  if (at.kind == Node::Kind::list) {
    std::string range = at.items.empty() ? "it is empty" : "it has 0 to " + std::to_string(at.items.size() - 1);
    throw std::invalid_argument(place + " is a list without item " + in_quotes(token) + ": " + range + ", and - appends");
  }
  throw std::invalid_argument(place + " is " + describe(at) + " and holds nothing below; " + in_quotes(token) + " leads nowhere");
}

Node* child(Node& at, const std::string& token) {
  if (at.kind == Node::Kind::map) return at.find(token);
  if (at.kind != Node::Kind::list) return nullptr;
  auto index = index_of(token);
  return index && *index < at.items.size() ? &at.items[*index] : nullptr;
}

void set_in_list(Node& list, const std::vector<std::string>& tokens, Node value, bool removes) {
  const std::string& last = tokens.back();
  if (last == "-" && !removes) {
    list.items.push_back(std::move(value));
    return;
  }
  Node* item = child(list, last);
  if (item == nullptr) dangling(list, tokens, tokens.size() - 1);
  if (removes) {
    list.items.erase(list.items.begin() + (item - list.items.data()));
  } else {
    *item = std::move(value);
  }
}

void set_in_map(Node& map, const std::vector<std::string>& tokens, Node value, bool removes) {
  const std::string& last = tokens.back();
  auto member = std::find_if(map.members.begin(), map.members.end(), [&](const Member& m) { return m.key == last; });
  if (member == map.members.end()) {
    if (removes) dangling(map, tokens, tokens.size() - 1);
    Place place = value.place;
    map.members.push_back({last, place, std::move(value)});
  } else if (removes) {
    map.members.erase(member);
  } else {
    member->place = value.place;
    member->value = std::move(value);
  }
}

}  // namespace

std::string escaped_token(std::string_view key) {
  std::string out;
  for (char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<std::string> parse_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer[0] != '/')
    throw std::invalid_argument(in_quotes(pointer) + " is no JSON pointer: it begins with a slash, such as /plan/steps");
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] != '~') {
      tokens.back() += pointer[i];
    } else if (i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      tokens.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      throw std::invalid_argument(in_quotes(pointer) + " is no JSON pointer: ~ is written ~0, and / in a key ~1");
    }
  }
  return tokens;
}

const Node* resolve(const Node& root, std::string_view pointer) {
  const Node* node = &root;
  for (const std::string& token : parse_pointer(pointer)) {
    node = child(const_cast<Node&>(*node), token);
    if (node == nullptr) return nullptr;
  }
  return node;
}

Place place_of(const Node& root, std::string_view pointer) {
  const Node* node = &root;
  Place place = root.place;
  for (const std::string& token : parse_pointer(pointer)) {
    const Node* next = child(const_cast<Node&>(*node), token);
    if (next == nullptr) break;
    place = next->place;
    if (node->kind == Node::Kind::map && !next->is_scalar())
      for (const Member& member : node->members)
        if (&member.value == next) place = member.place;
    node = next;
  }
  return place;
}

void set(Node& root, std::string_view pointer, Node value) {
  std::vector<std::string> tokens = parse_pointer(pointer);
  if (tokens.empty()) throw std::invalid_argument("an empty pointer is the whole document; point at something in it");
  Node* at = &root;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    Node* next = child(*at, tokens[i]);
    if (next == nullptr) dangling(*at, tokens, i);
    at = next;
  }
  bool removes = value.kind == Node::Kind::null && !value.quoted;
  if (at->kind == Node::Kind::list) {
    set_in_list(*at, tokens, std::move(value), removes);
  } else if (at->kind == Node::Kind::map) {
    set_in_map(*at, tokens, std::move(value), removes);
  } else {
    dangling(*at, tokens, tokens.size() - 1);
  }
}

}  // namespace muster
