#include <filesystem>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/measurement_source.h"
#include "app/option_values.h"
#include "app/output.h"
#include "exercise/clock.h"
#include "exercise/ledger.h"
#include "models/incident.h"
#include "models/observations.h"
#include "models/time_text.h"
#include "models/units.h"
#include "models/wording.h"
#include "reports/incidents.h"

/// Real outages, written down: incident add, incident list.
namespace muster {
namespace {

struct Named {
  std::string name, value;
};

Named named_value(const std::string& option, const std::string& text, const std::string& expected) {
  const auto equal = text.find('=');
  Named out{text.substr(0, equal), equal == std::string::npos ? "" : text.substr(equal + 1)};
  if (out.name.empty() || out.value.empty()) throw UsageError("--" + option + " " + in_quotes(text) + ": expected " + expected);
  if (as_name(out.name) != out.name)
    throw UsageError("--" + option + ": " + in_quotes(out.name) + " is no name; names are lower-case words with dashes, as in the scenario");
  return out;
}

double duration_value(const std::string& option, const std::string& text) try {
  return parse_duration(text);
} catch (const std::invalid_argument& error) {
  throw UsageError("--" + option + ": " + error.what());
}

// NAME=DURATION, NAME=START..END, NAME=START.. for one that is not over.
Incident::Step step_value(const std::string& text, const Zone& zone, const Incident& incident) {
  const Named named = named_value("step", text, "NAME=DURATION or NAME=START..END, such as promote=12m or \"promote=2026-11-02 10:05..2026-11-02 10:17\"");
  const auto dots = named.value.find("..");
  Incident::Step step{named.name, 0, false, 0};
  if (dots == std::string::npos) {
    step.seconds = duration_value("step", named.value);
    return step;
  }
  const std::int64_t start = time_value("step", named.value.substr(0, dots), zone);
  step.censored = dots + 2 == named.value.size();
  step.ended = step.censored ? incident.ended.value_or(incident.recorded) : time_value("step", named.value.substr(dots + 2), zone);
  if (step.ended < start) throw UsageError("--step: " + named.name + " ends before it starts");
  step.seconds = static_cast<double>(step.ended - start) / 1e9;
  return step;
}

void check_against(const Scenario& scenario, const Incident& incident) {
  if (!incident.outage.empty()) require_known("outage", "outage", incident.outage, outage_names(scenario));
  std::vector<std::string> steps, roles;
  for (const Plan& plan : scenario.plans)
    for (const Step& step : plan.steps) steps.push_back(step.name);
  for (const Role& role : scenario.roles) roles.push_back(role.name);
  for (const Incident::Step& step : incident.steps) require_known("step", "step", step.name, steps);
  for (const Incident::Response& response : incident.responses) require_known("response", "role", response.role, roles);
}

}  // namespace

Command incident_add_options() {
  return {"incident add",
          "Writes a real outage into the ledger: how long it lasted, and how long steps and people took, from where fits and calibrations take it.",
          "TITLE",
          {{"started", "TIME", "when it began: \"2026-11-02 10:00\", 2026-11-02T10:00Z"},
           {"ended", "TIME", "when it was over"},
           {"ongoing", "", "it is not over yet: it counts as lasting longer than until now"},
           {"zone", "ZONE", "of times without an offset: Europe/Berlin (UTC)"},
           {"outage", "NAME", "the outage of the scenario that it was"},
           {"scenario", "FILE", "the scenario, in which its names must then be"},
           {"step", "NAME=TIME", "how long a step took: promote=12m, or \"promote=START..END\"; \"promote=START..\" if it was not over when the incident was. Repeated for a further attempt or step", true},
           {"response", "ROLE=DURATION", "how long after they were first asked for the people of a role were there", true},
           {"note", "TEXT", "anything else worth keeping"},
           {"replaces", "NUMBER", "it stands in place of an incident that was written down before, such as one that is over now"},
           by_option(),
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster incident add \"us-east-1 gone\" --outage region-loss --started \"2026-11-02 10:00\" --ended \"2026-11-02 14:35\" --step promote=12m\n"
          "  muster incident add \"us-east-1 gone\" --outage region-loss --started 2026-11-02T10:00Z --ongoing\n"};
}

ExitCode incident_add_command(const Arguments& arguments) {
  Incident incident;
  incident.title = arguments.positional.front();
  if (incident.title.empty()) throw UsageError("TITLE is empty");
  if (!arguments.has("started")) throw UsageError("--started is missing: when did it begin?");
  if (arguments.has("ended") == arguments.has("ongoing")) throw UsageError("expected --ended TIME, or --ongoing while it is not over");
  const Zone zone = zone_value(arguments);
  incident.recorded = system_clock().now().wall;
  incident.started = time_value("started", arguments.value("started"), zone);
  if (arguments.has("ended")) incident.ended = time_value("ended", arguments.value("ended"), zone);
  if (incident.ended && *incident.ended < incident.started) throw UsageError("--ended lies before --started");
  if (std::max(incident.started, incident.ended.value_or(0)) > incident.recorded) throw UsageError("it would begin or end in the future; is --zone right?");
  incident.outage = arguments.value("outage");
  if (!incident.outage.empty() && as_name(incident.outage) != incident.outage)
    throw UsageError("--outage: " + in_quotes(incident.outage) + " is no name; names are lower-case words with dashes, as in the scenario");
  for (const std::string& text : arguments.all("step")) incident.steps.push_back(step_value(text, zone, incident));
  for (const std::string& text : arguments.all("response")) {
    const Named named = named_value("response", text, "ROLE=DURATION, such as engineer=12m");
    incident.responses.push_back({named.name, duration_value("response", named.value)});
  }
  if (arguments.has("scenario")) {
    const Loaded loaded = load_scenario(arguments.value("scenario"));
    check_against(loaded.scenario, incident);
    incident.scenario = loaded.scenario.title;
  }
  if (arguments.has("replaces")) incident.replaces = static_cast<std::int64_t>(count_value("replaces", arguments.value("replaces"), 1, 1'000'000'000));
  incident.by = person_of(arguments);
  incident.note = arguments.value("note");
  const std::int64_t number = Ledger(ledger_file()).add_incident(incident);
  print("Incident " + std::to_string(number) + (incident.replaces ? ", in place of incident " + std::to_string(incident.replaces) : "") + "\n");
  return ExitCode::done;
}

Command incident_list_options() {
  return {"incident list", "Lists the real outages that were written down.", "", {{"json", "", "as JSON"}, {"help", "", "print this"}}, "Examples:\n  muster incident list\n"};
}

ExitCode incident_list_command(const Arguments& arguments) {
  const std::vector<Incident> all = std::filesystem::exists(ledger_file()) ? Ledger(ledger_file(), true).incidents() : std::vector<Incident>();
  print(arguments.has("json") ? incidents_json(all, MUSTER_VERSION) : incidents_text(all, {.colour = colour_on_output()}));
  return ExitCode::done;
}

}  // namespace muster
