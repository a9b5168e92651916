#include "models/changes.h"

#include <nlohmann/json.hpp>

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

// Numbers that YAML knows and JSON does not (.5, 0x1F) stay text.
Json scalar(const Node& node) {
  if (node.kind == Node::Kind::null) return nullptr;
  if (node.kind == Node::Kind::boolean) return node.text[0] == 't' || node.text[0] == 'T';
  if (node.kind == Node::Kind::number)
    if (Json number = Json::parse(node.text, nullptr, false); number.is_number()) return number;
  return node.text;
}

Json to_json(const Node& node) {
  if (node.kind == Node::Kind::list) {
    Json list = Json::array();
    for (const Node& item : node.items) list.push_back(to_json(item));
    return list;
  }
  if (node.kind != Node::Kind::map) return scalar(node);
  Json map = Json::object();
  for (const Member& member : node.members) map[member.key] = to_json(member.value);
  return map;
}

}  // namespace

std::string json_of(const Node& value) { return to_json(value).dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string shown(const Node& value) {
  if (value.kind == Node::Kind::null && !value.quoted) return "none";
  return value.is_scalar() ? value.text : json_of(value);
}

}  // namespace muster
