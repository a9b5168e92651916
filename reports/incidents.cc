#include "reports/incidents.h"

#include <nlohmann/json.hpp>

#include "models/moments.h"
#include "models/units.h"
#include "reports/json_values.h"
#include "reports/layout.h"
#include "reports/phrases.h"

namespace muster {
namespace {

double length_of(const Incident& i) { return static_cast<double>(*i.ended - i.started) / 1e9; }

std::string counted(std::size_t n, const char* one, const char* many) { return grouped(n) + " " + (n == 1 ? one : many); }

std::string facts_of(const Incident& i) {
  std::string out = utc_text({0, i.started});
  if (!i.outage.empty()) out += ", outage " + printable(i.outage);
  if (!i.scenario.empty()) out += ", of " + printable(i.scenario);
  if (!i.steps.empty()) out += ", " + counted(i.steps.size(), "step", "steps");
  if (!i.responses.empty()) out += ", " + counted(i.responses.size(), "response", "responses");
  if (i.replaces) out += ", in place of incident " + std::to_string(i.replaces);
  return out + ", by " + printable(i.by);
}

Json json_of(const Incident& i) {
  Json out{{"number", i.number}, {"title", i.title}, {"outage", i.outage}, {"scenario", i.scenario}, {"started", iso_text({0, i.started})}};
  out["ended"] = i.ended ? Json(iso_text({0, *i.ended})) : Json();
  out["seconds"] = i.ended ? json_number(length_of(i)) : Json();
  Json& steps = out["steps"] = Json::array();
  for (const Incident::Step& step : i.steps) steps.push_back({{"name", step.name}, {"seconds", json_number(step.seconds)}, {"censored", step.censored}});
  Json& responses = out["responses"] = Json::array();
  for (const Incident::Response& response : i.responses) responses.push_back({{"role", response.role}, {"seconds", json_number(response.seconds)}});
  out["by"] = i.by;
  out["note"] = i.note;
  out["recorded"] = iso_text({0, i.recorded});
  out["replaces"] = i.replaces ? Json(i.replaces) : Json();
  out["replaced"] = i.replaced;
  return out;
}

}  // namespace

std::string incidents_text(const std::vector<Incident>& incidents, const Style& style) {
  if (incidents.empty()) return "No incident yet.\n";
  const std::string indent(20, ' ');
  std::string out;
  for (const Incident& i : incidents) {
    const std::string state = i.replaced ? "replaced" : i.ended ? human_duration(length_of(i)) : "not over";
    out += padded(std::to_string(i.number), 4, Align::right) + "  " + style.paint(i.replaced ? Ink::dim : i.ended ? Ink::plain : Ink::unsure, padded(state, 14)) +
           wrapped(printable(i.title), style.width - 20, "", indent);
    out += style.paint(Ink::dim, wrapped(facts_of(i), style.width, indent, indent));
    if (!i.note.empty()) out += style.paint(Ink::dim, wrapped("note: " + printable(i.note), style.width, indent, indent));
  }
  return out;
}

Json json_of_incidents(const std::vector<Incident>& incidents) {
  Json out = Json::array();
  for (const Incident& i : incidents) out.push_back(json_of(i));
  return out;
}

std::string incidents_json(const std::vector<Incident>& incidents, const std::string& program) {
  Json out = json_preamble(program, "incident list");
  out["incidents"] = json_of_incidents(incidents);
  return json_text(out);
}

}  // namespace muster
