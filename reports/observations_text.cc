#include "reports/observations_text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "models/fit_result.h"
#include "models/moments.h"
#include "models/observations.h"
#include "models/units.h"
#include "reports/json_values.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"

namespace muster {
namespace {

std::string counted(std::size_t n, const char* one, const char* many) { return grouped(n) + " " + (n == 1 ? one : many); }

std::string date_of(std::int64_t at) { return at ? utc_date({0, at}) : "–"; }

// "exercise 2026-…" and "exercise 2027-…" are of one kind, and so are all rows of a file.
std::string kind_of_source(const std::string& source) {
  if (source.starts_with("exercise ")) return source.ends_with("(tabletop)") ? "tabletop exercises" : "exercises";
  if (source.starts_with("incident ")) return "incidents";
  const auto row = source.rfind(" row ");
  return row == std::string::npos ? source : source.substr(0, row);
}

using Group = std::vector<const Observation*>;

std::string median_text(const Group& group) {
  Durations d;
  for (const Observation* o : group) (o->censored ? d.censored : d.ended).push_back(o->seconds);
  if (d.censored.empty() || d.ended.empty()) return d.ended.empty() ? "–" : short_duration(summary_of(d).median);
  const double median = kaplan_meier(d).quantile(0.5);
  return std::isfinite(median) ? short_duration(median) : "> " + short_duration(d.censored.empty() ? 0 : *std::max_element(d.censored.begin(), d.censored.end()));
}

}  // namespace

std::string import_text(const ImportCount& count, const std::string& file, const Style& style) {
  std::size_t out = 0;
  for (const auto& reason : count.left_out) out += reason.rows;
  std::string text = wrapped(printable(file) + ": " + counted(count.rows, "row", "rows") + ", " + counted(count.kept, "observation", "observations") +
                                 (count.censored ? " (" + grouped(count.censored) + " censored)" : "") + (out ? ", " + grouped(out) + " left out:" : "."),
                             style.width, "", "  ");
  for (const auto& reason : count.left_out) {
    text += wrapped(grouped(reason.rows) + "  " + printable(reason.why), style.width, "  ", "      ");
    std::string examples;
    for (const std::string& one : reason.examples) examples += (examples.empty() ? "" : "; ") + printable(one);
    text += style.paint(Ink::dim, wrapped(examples + (reason.rows > reason.examples.size() ? "; …" : ""), style.width, "      ", "      "));
  }
  return text;
}

std::string observations_text(const std::vector<Observation>& all, const std::string& now_date, const Style& style) {
  if (all.empty()) return "No observation yet: exercises make some, and so do muster incident add and muster observe import.\n";
  std::map<std::pair<Observation::Of, std::string>, Group> groups;
  for (const Observation& o : all) groups[{o.of, o.name}].push_back(&o);
  Table table({{"of"}, {"observations", Align::right}, {"censored", Align::right}, {"median", Align::right}, {"newest", Align::right}, {"from", Align::left, 30}});
  for (const auto& [key, group] : groups) {
    std::size_t censored = 0;
    std::int64_t newest = 0;
    std::set<std::string> sources;
    for (const Observation* o : group) {
      censored += o->censored;
      newest = std::max(newest, o->ended);
      sources.insert(kind_of_source(o->source));
    }
    table.row({{std::string(word_of(key.first)) + " " + printable(key.second), Ink::bold}, {grouped(group.size())}, {censored ? grouped(censored) : ""},
               {median_text(group)}, {date_of(newest)}, {printable(enumerated({sources.begin(), sources.end()}, 2))}});
  }
  return table.text(style) + style.paint(Ink::dim, wrapped(counted(all.size(), "observation", "observations") + " in all, on " + now_date + ". All of them: muster observe export", style.width));
}

std::string observations_json(const std::vector<Observation>& all, const std::string& program) {
  Json out = json_preamble(program, "observe list");
  Json& list = out["observations"] = Json::array();
  for (const Observation& o : all) {
    Json one{{"of", word_of(o.of)}, {"name", o.name}, {"seconds", json_number(o.seconds)}, {"censored", o.censored}};
    one["ended"] = o.ended ? Json(iso_text({0, o.ended})) : Json();
    one["source"] = o.source;
    if (!o.scenario.empty()) one["scenario"] = o.scenario;
    if (!o.with_response_of.empty()) one["with-response-of"] = o.with_response_of;
    if (!o.during.empty()) one["during"] = o.during;
    list.push_back(one);
  }
  return json_text(out);
}

}  // namespace muster
