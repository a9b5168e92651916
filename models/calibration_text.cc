#include <charconv>

#include "models/calibration.h"
#include "models/units.h"

namespace muster {
namespace {

std::string number(double x) {
  char text[400];
  return {text, std::to_chars(text, text + sizeof text, x, std::chars_format::fixed).ptr};
}

/// In double quotes, which YAML and JSON read alike.
std::string quoted(const std::string& text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += std::string("\\u00") + digits[static_cast<unsigned char>(c) >> 4] + digits[static_cast<unsigned char>(c) & 15];
    else
      out += c;
  }
  return out + "\"";
}

std::string belief(const Belief& b) {
  return "{location: " + number(b.location) + ", weight: " + number(b.weight) + ", freedom: " + number(b.freedom) + ", scale: " + number(b.scale) + "}";
}

std::string item_text(const CalibratedItem& item) {
  static constexpr const char* kinds[] = {"step", "role", "outage"};
  std::string out = std::string("  - ") + kinds[static_cast<int>(item.of)] + ": " + item.name + "\n";
  const auto line = [&](const std::string& key, const std::string& value) { out += "    " + key + ": " + value + "\n"; };
  if (item.hours != CalibratedItem::Hours::all) line("hours", item.hours == CalibratedItem::Hours::on ? "\"on\"" : "\"off\"");
  if (!item.outages.empty()) {
    std::string names;
    for (const std::string& outage : item.outages) names += (names.empty() ? "" : ", ") + outage;
    line("outages", "[" + names + "]");
  }
  line("law", quoted(item.law));
  line("stated", quoted(item.stated));
  if (item.stand_in) line("stand-in", "{lognormal: {mu: " + number(item.stand_in->mu) + ", sigma: " + number(item.stand_in->sigma) + "}}");
  line("prior", belief(item.prior));
  line("posterior", belief(item.posterior));
  line("observations", std::to_string(item.observations));
  if (item.observations == 0) return out;
  line("censored", std::to_string(item.censored));
  line("worth", number(item.worth));
  if (!item.first.empty()) {
    line("first", quoted(item.first));
    line("last", quoted(item.last));
    line("age-days", number(item.age_days));
  }
  line("drift", number(item.drift));
  if (item.sources.empty()) return out;
  out += "    from:\n";
  for (const std::string& source : item.sources) out += "      - " + quoted(source) + "\n";
  return out;
}

}  // namespace

std::string calibration_yaml(const Calibration& c) {
  std::string out = "# Written by muster calibrate; read by --calibration. It is not meant to be edited.\nmuster-calibration: 1\n";
  out += "scenario: {title: " + quoted(c.title) + ", file: " + quoted(c.file) + ", sha256: " + quoted(c.sha256) + "}\n";
  out += "as-of: " + quoted(c.as_of) + "\n";
  if (c.half_life) out += "half-life: " + exact_duration(*c.half_life) + "\n";
  out += c.items.empty() ? "items: []\n" : "items:\n";
  for (const CalibratedItem& item : c.items) out += item_text(item);
  if (!c.unused.empty()) out += "unused:\n";
  for (const UnusedObservations& u : c.unused)
    out += "  - {what: " + quoted(u.what) + ", why: " + quoted(u.why) + ", count: " + std::to_string(u.count) + "}\n";
  return out;
}

}  // namespace muster
