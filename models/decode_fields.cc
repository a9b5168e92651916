#include <stdexcept>

#include "models/decode.h"
#include "models/scalars.h"
#include "models/shape.h"

namespace muster {

std::optional<View> field(const View& map, std::string_view key) {
  if (map->kind != Node::Kind::map) return {};
  for (const Member& member : map->members)
    if (member.key == key) return map.member(member);
  return {};
}

void each_member(const View& map, const std::function<void(const View&)>& use) {
  if (map->kind != Node::Kind::map) return;
  for (const Member& member : map->members)
    if (!is_ignored(member.key)) use(map.member(member));
}

void each_item(const View& list, const std::function<void(const View&)>& use) {
  if (list->kind != Node::Kind::list) return;
  for (std::size_t i = 0; i < list->items.size(); ++i) use(list.item(i));
}

std::string text_field(const View& map, std::string_view key) {
  auto value = field(map, key);
  return value && (*value)->is_scalar() ? (*value)->text : "";
}

std::vector<std::string> names_field(const View& map, std::string_view key) {
  std::vector<std::string> names;
  if (auto list = field(map, key))
    each_item(*list, [&](const View& item) {
      names.push_back(item->is_scalar() ? item->text : "");  // keeps its place in the list
    });
  return names;
}

std::optional<double> quantity_field(const View& map, std::string_view key, double (*parse)(std::string_view)) {
  auto value = field(map, key);
  if (!value || !(*value)->is_scalar()) return {};
  try {
    return parse((*value)->text);
  } catch (const std::invalid_argument&) {
    return {};
  }
}

namespace {
std::optional<double> value_field(const View& map, std::string_view key, double (*read)(const Node&)) {
  auto value = field(map, key);
  if (!value) return {};
  try {
    return read(*value->node);
  } catch (const std::invalid_argument&) {
    return {};
  }
}

}  // namespace

std::optional<double> number_field(const View& map, std::string_view key) { return value_field(map, key, number_value); }

std::optional<double> probability_field(const View& map, std::string_view key) { return value_field(map, key, probability_of); }

std::optional<Distribution> distribution_field(const View& map, std::string_view key, Decoding& decoding) {
  auto value = field(map, key);
  if (!value) return {};
  return decode_distribution(*value, decoding);
}

Provenance decode_provenance(const View& map) { return {text_field(map, "note"), text_field(map, "source")}; }

}  // namespace muster
