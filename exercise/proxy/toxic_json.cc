#include "exercise/proxy/toxic_json.h"

#include <algorithm>

#include "models/wording.h"

namespace muster::proxy {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

[[noreturn]] void bad_body(const std::string& what) { throw ApiError(400, "bad request body: " + what); }

std::string shown(const json& value) { return value.is_structured() ? value.type_name() : printable(value.dump(-1, ' ', true, json::error_handler_t::replace), 40); }

const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// Each setting of a toxic by its name in JSON: one list for reading, writing and checking.
template <class Settings, class Visitor>
void visit_fields(Settings& settings, Visitor&& visit) {
  if constexpr (requires { settings.latency; }) {
    visit("latency", settings.latency);
    visit("jitter", settings.jitter);
  } else if constexpr (requires { settings.rate; }) {
    visit("rate", settings.rate);
  } else if constexpr (requires { settings.average_size; }) {
    visit("average_size", settings.average_size);
    visit("size_variation", settings.size_variation);
    visit("delay", settings.delay);
  } else if constexpr (requires { settings.delay; }) {
    visit("delay", settings.delay);
  } else if constexpr (requires { settings.timeout; }) {
    visit("timeout", settings.timeout);
  } else {
    visit("bytes", settings.bytes);
  }
}

std::int64_t whole_number(const json& value, const std::string& where, std::int64_t least) {
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
    bad_body(where + ": expected a whole number, found " + shown(value));
  const auto number = value.get<std::int64_t>();
  if (number < least) bad_body(where + ": expected at least " + std::to_string(least) + ", found " + std::to_string(number));
  return number;
}

void read_attributes(ToxicSettings& settings, const json& body) {
  const json* attributes = member(body, "attributes");
  if (attributes && !attributes->is_object()) bad_body("/attributes: expected an object, found " + shown(*attributes));
  std::visit(
      [&](auto& each) {
        if (attributes)
          visit_fields(each, [&](const char* key, std::int64_t& to) {
            if (const json* value = member(*attributes, key)) to = whole_number(*value, std::string("/attributes/") + key, 0);
          });
        if constexpr (requires { each.average_size; })
          if (each.average_size < 1) bad_body("/attributes/average_size: expected at least 1");
      },
      settings);
}

double read_toxicity(const json& body, double otherwise) {
  const json* value = member(body, "toxicity");
  if (!value) return otherwise;
  if (!value->is_number()) bad_body("/toxicity: expected a number from 0 to 1, found " + shown(*value));
  const double toxicity = value->get<double>();
  if (!(toxicity >= 0 && toxicity <= 1)) bad_body("/toxicity: expected a number from 0 to 1, found " + shown(*value));
  return toxicity;
}

std::int64_t read_ttl(const json& body, std::int64_t otherwise, const Lifetimes& lifetimes) {
  const json* value = member(body, "ttl");
  const std::int64_t ttl = value ? whole_number(*value, "/ttl", 1) : otherwise;
  if (ttl > lifetimes.most) bad_body("/ttl: expected at most " + std::to_string(lifetimes.most) + " ms (--max-ttl), found " + std::to_string(ttl));
  return ttl;
}

ToxicSettings settings_of_type(const std::string& type) {
  const std::vector<std::string>& types = toxic_types();
  const auto found = std::find(types.begin(), types.end(), type);
  if (found == types.end()) throw ApiError(400, "invalid toxic type");
  switch (found - types.begin()) {
    case 0: return LatencyToxic{};
    case 1: return BandwidthToxic{};
    case 2: return SlowCloseToxic{};
    case 3: return TimeoutToxic{};
    case 4: return ResetPeerToxic{};
    case 5: return SlicerToxic{};
    default: return LimitDataToxic{};
  }
}

}  // namespace

json json_body(const std::string& body) {
  if (body.empty()) bad_body("it is empty");
  json value = json::parse(body, nullptr, false);
  if (value.is_discarded()) bad_body("not JSON");
  return value;
}

std::string text_member(const json& object, const char* key, const std::string& otherwise) {
  const json* value = member(object, key);
  if (!value) return otherwise;
  if (!value->is_string()) bad_body(std::string("/") + key + ": expected a text, found " + shown(*value));
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > 1024) bad_body(std::string("/") + key + ": longer than 1024 bytes");
  return text;
}

bool flag_member(const json& object, const char* key, bool otherwise) {
  const json* value = member(object, key);
  if (!value) return otherwise;
  if (!value->is_boolean()) bad_body(std::string("/") + key + ": expected true or false, found " + shown(*value));
  return value->get<bool>();
}

Toxic toxic_of(const json& body, const Lifetimes& lifetimes) {
  if (!body.is_object() && !body.is_null()) bad_body("expected an object, found " + shown(body));
  const json& object = body.is_null() ? json::object() : body;
  Toxic toxic;
  const std::string stream = text_member(object, "stream", "downstream"), type = text_member(object, "type", "");
  toxic.name = text_member(object, "name", "");
  toxic.toxicity = read_toxicity(object, 1);
  if (stream != "upstream" && stream != "downstream") throw ApiError(400, "stream was invalid, can be either upstream or downstream");
  toxic.stream = stream == "upstream" ? Way::upstream : Way::downstream;
  if (toxic.name.empty()) toxic.name = type + "_" + stream;
  toxic.settings = settings_of_type(type);
  read_attributes(toxic.settings, object);
  toxic.ttl = read_ttl(object, std::min(lifetimes.usual, lifetimes.most), lifetimes);
  return toxic;
}

void change_toxic(Toxic& toxic, const json& body, const Lifetimes& lifetimes) {
  if (!body.is_object()) bad_body("expected an object, found " + shown(body));
  Toxic changed = toxic;  // all of it or nothing
  read_attributes(changed.settings, body);
  changed.toxicity = read_toxicity(body, toxic.toxicity);
  changed.ttl = read_ttl(body, toxic.ttl, lifetimes);
  toxic = changed;
}

ordered_json json_of(const Toxic& toxic) {
  ordered_json attributes = ordered_json::object();
  std::visit([&](const auto& each) { visit_fields(each, [&](const char* key, std::int64_t value) { attributes[key] = value; }); }, toxic.settings);
  return {{"attributes", attributes},           {"name", toxic.name}, {"type", type_of(toxic.settings)},   {"stream", word_of(toxic.stream)},
          {"toxicity", toxic.toxicity == 1 ? ordered_json(1) : toxic.toxicity == 0 ? ordered_json(0) : ordered_json(toxic.toxicity)},
          {"ttl", toxic.ttl}, {"expires", toxic.expires_at}};
}

}  // namespace muster::proxy
