#include "app/measurement_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "exercise/clock.h"
#include "models/csv_reader.h"
#include "models/observations.h"
#include "models/time_text.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& why) { throw UsageError("--" + option + ": " + why); }

bool is_name(const std::string& text) { return !text.empty() && as_name(text) == text; }

// "start=opened,end=closed": a comma parts two fields where one follows it; a heading may have commas itself.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> out;
  std::size_t from = 0;
  for (std::size_t at = text.find(','); at != std::string::npos; at = text.find(',', at + 1)) {
    const std::string after = text.substr(at + 1, text.find('=', at) - at - 1);
    const auto& fields = import_fields();
    if (std::find(fields.begin(), fields.end(), after) == fields.end()) continue;
    out.push_back(text.substr(from, at - from));
    from = at + 1;
  }
  out.push_back(text.substr(from));
  return out;
}

void add_columns(const std::string& text, std::map<std::string, std::string>& columns) {
  for (const std::string& part : parts_of(text)) {
    const auto equal = part.find('=');
    const std::string field = part.substr(0, equal);
    const auto& fields = import_fields();
    if (equal == std::string::npos || equal + 1 == part.size()) refuse("map", in_quotes(part) + ": expected FIELD=COLUMN, such as start=opened_at");
    if (std::find(fields.begin(), fields.end(), field) == fields.end())
      refuse("map", "there is no field " + in_quotes(field) + did_you_mean(field, fields) + "; fields are " + listed(fields, "and"));
    if (!columns.emplace(field, part.substr(equal + 1)).second) refuse("map", "the field " + field + " is given twice");
  }
}

void check_columns(const std::map<std::string, std::string>& columns) {
  for (const char* instant : {"start", "end"}) {
    const std::string date = std::string(instant) + "-date", time = std::string(instant) + "-time";
    if (columns.contains(date) != columns.contains(time)) refuse("map", date + " and " + time + " go together");
    if (columns.contains(date) && columns.contains(instant)) refuse("map", std::string(instant) + " and " + date + " exclude each other");
  }
  if (columns.contains("step") + columns.contains("role") + columns.contains("outage") > 1) refuse("map", "an observation is of a step, a role or an outage, of one of them");
}

RowFilter filter_value(const std::string& option, const std::string& text) try {
  return parse_row_filter(text);
} catch (const std::invalid_argument& error) {
  refuse(option, error.what());
}

double unit_value(const std::string& text) {
  static const std::map<std::string, double> words{{"second", 1}, {"seconds", 1}, {"sec", 1}, {"minute", minute}, {"minutes", minute}, {"min", minute},
                                                   {"hour", hour}, {"hours", hour}, {"day", day}, {"days", day}, {"week", week}, {"weeks", week}, {"us", 1e-6}, {"ns", 1e-9}};
  if (const auto found = words.find(text); found != words.end()) return found->second;
  try {
    return parse_duration("1" + text);
  } catch (const std::invalid_argument&) {
    refuse("unit", in_quotes(text) + " is no unit; expected ms, s, m, h, d or w");
  }
}

std::vector<std::string> names_in(const Scenario& scenario, Observation::Of of) {
  std::vector<std::string> names;
  if (of == Observation::Of::response)
    for (const Role& role : scenario.roles) names.push_back(role.name);
  if (of == Observation::Of::outage)
    for (const Outage& outage : scenario.outages) names.push_back(outage.name);
  if (of == Observation::Of::step)
    for (const Plan& plan : scenario.plans)
      for (const Step& step : plan.steps) names.push_back(step.name);
  return names;
}

}  // namespace

std::vector<Option> import_options() {
  return {{"map", "FIELD=COLUMN", "where what stands: start, end, start-date, start-time, end-date, end-time, duration, censored, during, step, role, outage; several after commas, or repeated", true},
          {"unit", "UNIT", "of a duration's numbers: ms, s, m, h, d, w; without it each has its own, as 1h30m"},
          {"time-format", "FORMAT", "of times that are not ISO 8601, RFC 2822 or seconds since 1970: \"%m/%d/%Y %H:%M\", \"%d.%m.%Y\", epoch, epoch-ms"},
          {"zone", "ZONE", "of times without an offset: Europe/Berlin (UTC)"},
          {"where", "CONDITION", "only rows in which it holds: provider=aws, \"year>2015\", \"status!=0\"; repeated, all must hold", true},
          {"censored-when", "CONDITION", "rows that were not over when last seen: state=open"},
          {"as-of", "TIME", "until when what has a start and no end has lasted at least (now)"}};
}

std::vector<Option> name_options(const std::string& what) {
  return {{"step", "NAME", what + " of this step"}, {"role", "NAME", what + " of this role: how long its people take to respond"}, {"outage", "NAME", what + " of this outage: how long it lasts"}};
}

Option scenario_option() { return {"scenario", "FILE", "of the scenario in this file; without it of any"}; }

std::optional<NamedKind> named_kind(const Arguments& arguments) {
  std::optional<NamedKind> out;
  for (const auto of : {Observation::Of::step, Observation::Of::response, Observation::Of::outage}) {
    const std::string option = word_of(of);
    if (!arguments.has(option)) continue;
    if (out) throw UsageError("--" + std::string(word_of(out->of)) + " and --" + option + " exclude each other");
    const std::string name = arguments.value(option);
    if (!is_name(name)) {
      const std::string near = as_name(name);
      refuse(option, in_quotes(name) + " is no name; names are lower-case words with dashes" + (near.empty() ? "" : ": " + near));
    }
    out = {of, name};
  }
  return out;
}

std::string scenario_title(const Arguments& arguments, const std::optional<NamedKind>& named) {
  if (!arguments.has("scenario")) return "";
  const Loaded loaded = load_scenario(arguments.value("scenario"));
  if (named) require_known(word_of(named->of), word_of(named->of), named->name, names_in(loaded.scenario, named->of));
  return loaded.scenario.title;
}

Zone zone_value(const Arguments& arguments) try {
  return Zone(arguments.value("zone", "UTC"));
} catch (const std::invalid_argument& error) {
  refuse("zone", error.what());
}

std::int64_t time_value(const std::string& option, const std::string& text, const Zone& zone) try {
  return parse_time(text, zone);
} catch (const std::invalid_argument& error) {
  refuse(option, error.what());
}

ImportMap import_map(const Arguments& arguments) {
  ImportMap map;
  for (const std::string& text : arguments.all("map")) add_columns(text, map.columns);
  check_columns(map.columns);
  const auto named = named_kind(arguments);
  if (named && (map.columns.contains("step") || map.columns.contains("role") || map.columns.contains("outage")))
    refuse(word_of(named->of), "the map names a column for the name already");
  if (named) {
    map.of = named->of;
    map.name = named->name;
  }
  if (arguments.has("unit")) map.unit = unit_value(arguments.value("unit"));
  map.time_format = arguments.value("time-format");
  try {
    if (!map.time_format.empty()) check_time_format(map.time_format);
  } catch (const std::invalid_argument& error) {
    refuse("time-format", error.what());
  }
  map.zone = zone_value(arguments);
  for (const std::string& text : arguments.all("where")) map.where.push_back(filter_value("where", text));
  if (arguments.has("censored-when")) map.censored_when = filter_value("censored-when", arguments.value("censored-when"));
  map.as_of = arguments.has("as-of") ? time_value("as-of", arguments.value("as-of"), map.zone) : system_clock().now().wall;
  map.scenario = scenario_title(arguments, named);
  return map;
}

std::string base_name(const std::string& path) { return path == "-" ? "standard input" : std::filesystem::path(path).filename().string(); }

ImportCount import_file(const std::string& path, const ImportMap& map, const std::function<void(const ImportedRow&)>& take) {
  if (path == "-") return import_observations(std::cin, base_name(path), map, take);
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) throw InvalidInput({{Problem::Severity::error, path, 0, 0, "", "is a folder"}});
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InvalidInput({{Problem::Severity::error, path, 0, 0, "", std::string("cannot be opened: ") + std::strerror(errno)}});
  return import_observations(in, base_name(path), map, take);
}

std::string only_column(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> cells;
  return in && CsvReader(in, path).record(cells) && cells.size() == 1 ? std::string(trimmed(cells[0])) : "";
}

}  // namespace muster
