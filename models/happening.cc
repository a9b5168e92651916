#include "models/happening.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <tuple>

#include "models/outcomes.h"

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

// What each struct holds, by its name in JSON. A field that has its default value is left out, and stays at it when read.
template <class Struct, class Value>
struct Field {
  constexpr Field(const char* n, Value Struct::*m) : name(n), member(m) {}
  const char* name;
  Value Struct::*member;
};

template <class T>
inline constexpr auto fields_of = nullptr;
template <class T>
inline constexpr auto words_of = nullptr;

template <>
inline constexpr auto fields_of<Moment> = std::tuple(Field("boot", &Moment::boot), Field("wall", &Moment::wall));
template <>
inline constexpr auto fields_of<Prediction> = std::tuple(Field("quantiles", &Prediction::quantiles));
template <>
inline constexpr auto fields_of<Predictions::Step> =
    std::tuple(Field("name", &Predictions::Step::name), Field("duration", &Predictions::Step::duration),
               Field("finish", &Predictions::Step::finish));
template <>
inline constexpr auto fields_of<Predictions> =
    std::tuple(Field("steps", &Predictions::steps), Field("recovery", &Predictions::recovery),
               Field("loss", &Predictions::loss), Field("seed", &Predictions::seed),
               Field("replications", &Predictions::replications));
template <>
inline constexpr auto fields_of<PlannedEffect> =
    std::tuple(Field("fault", &PlannedEffect::fault), Field("target", &PlannedEffect::target), Field("at", &PlannedEffect::at),
               Field("until", &PlannedEffect::until), Field("does", &PlannedEffect::does),
               Field("undone-by", &PlannedEffect::undone_by), Field("by-hand", &PlannedEffect::by_hand));
template <>
inline constexpr auto fields_of<RunBegan> = std::tuple(
    Field("title", &RunBegan::title), Field("file", &RunBegan::file), Field("file-sha256", &RunBegan::file_sha256),
    Field("scenario-title", &RunBegan::scenario_title), Field("scenario-file", &RunBegan::scenario_file),
    Field("scenario-sha256", &RunBegan::scenario_sha256), Field("kind", &RunBegan::kind),
    Field("environment", &RunBegan::environment), Field("outage", &RunBegan::outage), Field("program", &RunBegan::program),
    Field("host", &RunBegan::host), Field("boot-id", &RunBegan::boot_id), Field("run-folder", &RunBegan::run_folder),
    Field("begun-by", &RunBegan::begun_by), Field("onset", &RunBegan::onset), Field("continues", &RunBegan::continues),
    Field("limit", &RunBegan::limit), Field("people", &RunBegan::people),
    Field("effects", &RunBegan::effects), Field("steps", &RunBegan::steps),
    Field("recovered-service", &RunBegan::recovered_service), Field("canary-service", &RunBegan::canary_service),
    Field("objective-rto", &RunBegan::objective_rto), Field("objective-rpo", &RunBegan::objective_rpo),
    Field("objective-confidence", &RunBegan::objective_confidence), Field("predictions", &RunBegan::predictions));
template <>
inline constexpr auto fields_of<StepChanged> = std::tuple(
    Field("step", &StepChanged::step), Field("change", &StepChanged::change), Field("attempt", &StepChanged::attempt),
    Field("how", &StepChanged::how), Field("by", &StepChanged::by), Field("note", &StepChanged::note),
    Field("exit", &StepChanged::exit), Field("timed-out", &StepChanged::timed_out),
    Field("automatic", &StepChanged::automatic), Field("output-tail", &StepChanged::output_tail),
    Field("output-file", &StepChanged::output_file), Field("replaced-by", &StepChanged::replaced_by),
    Field("why", &StepChanged::why));
template <>
inline constexpr auto fields_of<Asked> =
    std::tuple(Field("step", &Asked::step), Field("question", &Asked::question), Field("people", &Asked::people),
               Field("deadline", &Asked::deadline));
template <>
inline constexpr auto fields_of<FaultChanged> = std::tuple(
    Field("fault", &FaultChanged::fault), Field("kind", &FaultChanged::kind), Field("target", &FaultChanged::target),
    Field("change", &FaultChanged::change), Field("by", &FaultChanged::by), Field("why", &FaultChanged::why),
    Field("proof", &FaultChanged::proof), Field("by-hand", &FaultChanged::by_hand));
template <>
inline constexpr auto fields_of<ProbeChanged> =
    std::tuple(Field("probe", &ProbeChanged::probe), Field("state", &ProbeChanged::state), Field("what", &ProbeChanged::what));
template <>
inline constexpr auto fields_of<ProbeCounted> = std::tuple(
    Field("probe", &ProbeCounted::probe), Field("samples", &ProbeCounted::samples), Field("passed", &ProbeCounted::passed),
    Field("failed", &ProbeCounted::failed), Field("unknown", &ProbeCounted::unknown),
    Field("lateness-max", &ProbeCounted::lateness_max), Field("lateness-p99", &ProbeCounted::lateness_p99));
template <>
inline constexpr auto fields_of<ConditionMet> =
    std::tuple(Field("what", &ConditionMet::what), Field("met", &ConditionMet::met), Field("why", &ConditionMet::why));
template <>
inline constexpr auto fields_of<Stretch> = std::tuple(Field("first", &Stretch::first), Field("last", &Stretch::last));
template <>
inline constexpr auto fields_of<CanaryRead> = std::tuple(
    Field("when", &CanaryRead::when), Field("period", &CanaryRead::period),
    Field("acknowledged", &CanaryRead::acknowledged), Field("in-doubt", &CanaryRead::in_doubt),
    Field("acknowledged-after-t0", &CanaryRead::acknowledged_after_t0), Field("lost", &CanaryRead::lost),
    Field("lost-after-t0", &CanaryRead::lost_after_t0), Field("lost-numbers", &CanaryRead::lost_numbers),
    Field("rpa", &CanaryRead::rpa), Field("why-not", &CanaryRead::why_not), Field("lateness-max", &CanaryRead::lateness_max));
template <>
inline constexpr auto fields_of<RecoveryMeasured::Lapse> =
    std::tuple(Field("from", &RecoveryMeasured::Lapse::from), Field("to", &RecoveryMeasured::Lapse::to));
template <>
inline constexpr auto fields_of<RecoveryMeasured> = std::tuple(
    Field("rta", &RecoveryMeasured::rta), Field("error", &RecoveryMeasured::error),
    Field("seen-down", &RecoveryMeasured::seen_down), Field("valid", &RecoveryMeasured::valid),
    Field("why", &RecoveryMeasured::why), Field("relapses", &RecoveryMeasured::relapses),
    Field("total-downtime", &RecoveryMeasured::total_downtime));
template <>
inline constexpr auto fields_of<AfterwardsRan> =
    std::tuple(Field("began", &AfterwardsRan::began), Field("exit", &AfterwardsRan::exit),
               Field("timed-out", &AfterwardsRan::timed_out), Field("seconds", &AfterwardsRan::seconds),
               Field("output-tail", &AfterwardsRan::output_tail), Field("why", &AfterwardsRan::why));
template <>
inline constexpr auto fields_of<FootprintCompared> =
    std::tuple(Field("before", &FootprintCompared::before), Field("after", &FootprintCompared::after),
               Field("remains", &FootprintCompared::remains), Field("changed", &FootprintCompared::changed));
template <>
inline constexpr auto fields_of<Noted> =
    std::tuple(Field("kind", &Noted::kind), Field("what", &Noted::what), Field("by", &Noted::by));
template <>
inline constexpr auto fields_of<RunEnded> =
    std::tuple(Field("ending", &RunEnded::ending), Field("why", &RunEnded::why), Field("by", &RunEnded::by),
               Field("restored", &RunEnded::restored), Field("remains", &RunEnded::remains),
               Field("done-not-undone", &RunEnded::done_not_undone));

// In the order of the enumerators.
template <>
inline constexpr auto words_of<StepChange> = std::array{"ready",    "began",  "retried",     "succeeded", "failed",
                                                        "passed",   "replaced", "ended-early", "undone",    "undo-failed"};
template <>
inline constexpr auto words_of<FaultChange> = std::array{"intended",     "in-effect", "failed", "vanished",
                                                         "fence-failed", "undoing",   "undone", "remains"};
template <>
inline constexpr auto words_of<ProbeChanged::State> = std::array{"unknown", "passing", "failing"};
template <>
inline constexpr auto words_of<Ending> = std::array{"finished", "aborted", "refused", "died", "stopped-by-plan"};
// In the order of the variant's alternatives.
constexpr std::array kinds{"run-began", "step",     "asked",      "fault",     "probe", "probe-counts", "condition",
                           "canary",    "recovery", "afterwards", "footprint", "note",  "run-ended"};
static_assert(kinds.size() == std::variant_size_v<decltype(Happening::what)>);

template <class T>
concept Structure = !std::is_same_v<std::remove_cv_t<decltype(fields_of<T>)>, std::nullptr_t>;

// ---- to JSON

bool is_utf8(const std::string& text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

// Programs write what they like: bytes that are no text are kept too.
Json json_of(const std::string& text) {
  if (is_utf8(text)) return text;
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : text) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return {{"bytes", hex}};
}
Json json_of(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "never" : "-never";
  return value;
}
Json json_of(bool value) { return value; }
template <std::integral T>
Json json_of(T value) {
  return value;
}
template <class T>
  requires std::is_enum_v<T>
Json json_of(T value) {
  return words_of<T>.at(static_cast<std::size_t>(value));
}
template <Structure T>
Json json_of(const T& value);
template <class T>
Json json_of(const std::vector<T>& values);
template <class T>
Json json_of(const std::optional<T>& value) {
  return json_of(*value);  // an absent one is a default, which is left out
}
Json json_of(const std::map<std::string, std::vector<std::string>>& people) {
  Json out = Json::array();
  for (const auto& [role, who] : people) out.push_back({{"role", json_of(role)}, {"who", json_of(who)}});
  return out;
}
template <class T>
Json json_of(const std::vector<T>& values) {
  Json out = Json::array();
  for (const T& value : values) out.push_back(json_of(value));
  return out;
}

template <class T>
bool same(const T& a, const T& b) {
  return a == b;
}
bool same(double a, double b) { return a == b && std::signbit(a) == std::signbit(b); }

template <Structure T>
void write_fields(Json& out, const T& value) {
  const T usual{};
  std::apply(
      [&](const auto&... field) {
        ((same(value.*field.member, usual.*field.member) ? void() : void(out[field.name] = json_of(value.*field.member))), ...);
      },
      fields_of<T>);
}
template <Structure T>
Json json_of(const T& value) {
  Json out = Json::object();
  write_fields(out, value);
  return out;
}

// ---- from JSON

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument("not a happening: " + why); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  refuse("a byte that is no hexadecimal number");
}

void read(const Json& json, std::string& out) {
  if (json.is_string()) {
    out = json.get<std::string>();
    return;
  }
  const auto bytes = json.is_object() ? json.find("bytes") : json.end();
  if (!json.is_object() || bytes == json.end() || !bytes->is_string()) refuse("no text where one is expected");
  const auto hex = bytes->get<std::string>();
  if (hex.size() % 2 != 0) refuse("half a byte");
  out.clear();
  for (std::size_t i = 0; i < hex.size(); i += 2) out += static_cast<char>(hex_digit(hex[i]) * 16 + hex_digit(hex[i + 1]));
}
void read(const Json& json, double& out) {
  if (json.is_null())
    out = std::numeric_limits<double>::quiet_NaN();
  else if (json == "never" || json == "-never")
    out = json == "never" ? never : -never;
  else if (json.is_number())
    out = json.get<double>();
  else
    refuse("no number where one is expected");
}
void read(const Json& json, bool& out) {
  if (!json.is_boolean()) refuse("neither true nor false where one is expected");
  out = json.get<bool>();
}
template <std::integral T>
void read(const Json& json, T& out) {
  const bool fits = json.is_number_unsigned()  ? json.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max())
                    : json.is_number_integer() ? std::cmp_greater_equal(json.get<std::int64_t>(), std::numeric_limits<T>::min()) &&
                                                     std::cmp_less_equal(json.get<std::int64_t>(), std::numeric_limits<T>::max())
                                               : false;
  if (!fits) refuse("no whole number where one is expected");
  out = json.get<T>();
}
template <class T>
  requires std::is_enum_v<T>
void read(const Json& json, T& out) {
  const auto found = std::find_if(words_of<T>.begin(), words_of<T>.end(), [&](const char* word) { return json == word; });
  if (found == words_of<T>.end()) refuse("an unknown word, " + json.dump(-1, ' ', false, Json::error_handler_t::replace));
  out = static_cast<T>(found - words_of<T>.begin());
}
template <Structure T>
void read(const Json& json, T& out);
template <class T>
void read(const Json& json, std::vector<T>& out) {
  if (!json.is_array()) refuse("no list where one is expected");
  out.clear();
  for (const Json& one : json) read(one, out.emplace_back());
}
template <class T>
void read(const Json& json, std::optional<T>& out) {
  read(json, out.emplace());
}
void read(const Json& json, std::map<std::string, std::vector<std::string>>& out) {
  if (!json.is_array()) refuse("no list where one is expected");
  for (const Json& one : json) {
    std::string role;
    std::vector<std::string> who;
    if (!one.is_object() || !one.contains("role") || !one.contains("who")) refuse("people without their role");
    read(one["role"], role);
    read(one["who"], who);
    out.emplace(std::move(role), std::move(who));
  }
}

template <class T, class Value>
void read_field(const Json& json, T& out, const Field<T, Value>& field) {
  if (const auto found = json.find(field.name); found != json.end()) read(*found, out.*field.member);
}
template <Structure T>
void read(const Json& json, T& out) {
  if (!json.is_object()) refuse("no object where one is expected");
  std::apply([&](const auto&... field) { (read_field(json, out, field), ...); }, fields_of<T>);
}

template <std::size_t... I>
void read_what(const Json& json, std::size_t kind, Happening& out, std::index_sequence<I...>) {
  ((kind == I ? read(json, out.what.template emplace<I>()) : void()), ...);
}

}  // namespace

double Prediction::quantile(double level) const {
  if (quantiles.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto last = static_cast<double>(quantiles.size() - 1);
  return quantiles[static_cast<std::size_t>(std::clamp(std::ceil(level * last - 1e-9), 0.0, last))];
}

double Prediction::percentile_of(double seconds) const {
  if (quantiles.empty() || std::isnan(seconds)) return std::numeric_limits<double>::quiet_NaN();
  const auto above = std::upper_bound(quantiles.begin(), quantiles.end(), seconds);
  if (above == quantiles.begin()) return 0;
  return 100 * static_cast<double>(above - quantiles.begin() - 1) / static_cast<double>(std::max<std::size_t>(quantiles.size() - 1, 1));
}

const Predictions::Step* Predictions::step(const std::string& name) const {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return s.name == name; });
  return found == steps.end() ? nullptr : &*found;
}

std::string kind_of(const Happening& happening) { return kinds.at(happening.what.index()); }

std::string to_json_line(const Happening& happening) {
  Json out{{"boot", happening.at.boot}, {"wall", happening.at.wall}, {"happened", kind_of(happening)}};
  std::visit([&](const auto& what) { write_fields(out, what); }, happening.what);
  return out.dump();
}

Happening happening_from_json(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) refuse("no JSON object");
  const auto word = json.find("happened");
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const char* k) { return word != json.end() && *word == k; });
  if (kind == kinds.end()) refuse("\"happened\" is missing or unknown");
  Happening out;
  read(json, out.at);
  read_what(json, static_cast<std::size_t>(kind - kinds.begin()), out, std::make_index_sequence<kinds.size()>());
  return out;
}

}  // namespace muster
