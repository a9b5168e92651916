#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/faults/fault.h"

namespace muster {
namespace {

// Letters, digits and '-' stay; what a table, a cgroup or a file could not be called is written as '.' and two hexadecimal digits.
std::string plain(const std::string& name) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-') out += c;
    else out += {'.', digits[byte >> 4], digits[byte & 15]};
  }
  if (out.size() <= 100) return out;
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : out) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return out.substr(0, 80) + ".." + std::to_string(hash);
}

}  // namespace

std::string effect_name(const Effect& effect) { return "muster_" + plain(effect.exercise) + "_" + plain(effect.fault); }

nlohmann::json to_json(const Effect& effect) {
  const Target& t = effect.target;
  return {{"exercise", effect.exercise},
          {"fault", effect.fault},
          {"number", effect.number},
          {"kind", effect.kind},
          {"target",
           {{"name", t.name}, {"netns", t.netns}, {"agent", t.agent}, {"region", t.region}, {"addresses", t.addresses}}},
          {"settings", effect.settings},
          {"folder", effect.folder}};
}

Effect effect_from_json(const nlohmann::json& json) {
  try {
    const nlohmann::json& t = json.at("target");
    return {json.at("exercise"),
            json.at("fault"),
            json.at("number"),
            json.at("kind"),
            {t.at("name"), t.at("netns"), t.at("agent"), t.at("region"), t.at("addresses")},
            json.at("settings"),
            json.at("folder")};
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(std::string("not an effect: ") + error.what());
  }
}

}  // namespace muster
