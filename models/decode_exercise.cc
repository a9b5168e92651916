#include "models/decode_exercise.h"

#include <stdexcept>

#include "models/calendar.h"
#include "models/decode.h"
#include "models/scenario_check.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {

void Names::add(const std::string& name) {
  if (each.insert(name).second) all.push_back(name);
}

void expect_name(const View& at, const std::string& name, const Names& names, Findings& findings) {
  if (!names.known || name.empty() || names.has(name) || !findings.clean(at.pointer())) return;
  std::string message = "no " + names.what + " " + in_quotes(name) + " is defined" + names.in;
  if (!findings.full())
    message += names.all.empty() ? "; there is none at all" : did_you_mean(name, names.all);
  if (at->is_scalar()) return findings.error(at, message);
  findings.error_at_key(at, message);
}

Argv argv_field(const View& map, std::string_view key, ExerciseDecoding& decoding) {
  auto list = field(map, key);
  if (!list || (*list)->kind != Node::Kind::list) return {};
  Argv argv;
  each_item(*list, [&](const View& item) { argv.push_back(item->is_scalar() ? item->text : ""); });
  if (!argv.empty() && argv[0].empty() && decoding.findings.clean((*list).pointer()))
    decoding.findings.error(*list, "the program has no name; expected a command such as [./fence, east]");
  refuse_secrets_in(*list, decoding.findings);
  return argv;
}

Run decode_run(const View& value, ExerciseDecoding& decoding) {
  Run run;
  if (value->kind == Node::Kind::list && value.parent != nullptr) {
    run.argv = argv_field(*value.parent, value.key, decoding);
    return run;
  }
  run.argv = argv_field(value, "run", decoding);
  run.timeout = quantity_field(value, "timeout", parse_duration);
  if (auto env = field(value, "env"))
    each_member(*env, [&](const View& member) {
      refuse_named_secret(member, decoding.findings);
      if (member->is_scalar()) run.env.emplace(member.key, member->text);
    });
  return run;
}

std::optional<Run> run_field(const View& map, std::string_view key, ExerciseDecoding& decoding) {
  auto value = field(map, key);
  if (!value) return {};
  return decode_run(*value, decoding);
}

Where where_field(const View& map, std::string_view key, ExerciseDecoding& decoding) {
  auto value = field(map, key);
  if (!value) return {};
  if (!(*value)->is_scalar()) return {"", text_field(*value, "netns")};
  expect_name(*value, (*value)->text, decoding.targets, decoding.findings);
  return {(*value)->text, ""};
}

namespace {

Target decode_target(const View& value, ExerciseDecoding& decoding) {
  Target target;
  target.name = value.key;
  if (auto local = field(value, "local")) target.netns = text_field(*local, "netns");
  target.agent = text_field(value, "agent");
  target.region = text_field(value, "region");
  if (auto region = field(value, "region"))
    expect_name(*region, target.region, decoding.regions, decoding.findings);
  target.addresses = names_field(value, "addresses");
  return target;
}

double instant_of(const std::string& text, const Zone& zone) {
  try {
    Onset onset = parse_onset(text);
    return onset.utc ? static_cast<double>(onset.local_seconds) : zone.from_local(onset.local_seconds);
  } catch (const std::invalid_argument&) {
    return 0;
  }
}

void decode_blackouts(const View& root, Exercise& exercise, ExerciseDecoding& decoding) {
  auto windows = field(root, "not-during");
  if (!windows) return;
  const Zone zone(decoding.scenario != nullptr ? decoding.scenario->time_zone : "UTC");
  each_item(*windows, [&](const View& window) {
    Blackout blackout{instant_of(text_field(window, "from"), zone),
                      instant_of(text_field(window, "to"), zone), text_field(window, "why")};
    if (blackout.to <= blackout.from && decoding.findings.clean(window.pointer()))
      decoding.findings.error(window, "the window ends before it begins");
    exercise.not_during.push_back(std::move(blackout));
  });
}

Canary::Kind decode_side(const View& side, std::string& text, Argv& argv, ExerciseDecoding& decoding) {
  for (const char* key : {"postgres", "http"}) {
    auto value = field(side, key);
    if (!value || !(*value)->is_scalar()) continue;
    text = (*value)->text;
    refuse_secret(*value, decoding.findings);
    return std::string_view(key) == "http" ? Canary::Kind::http : Canary::Kind::postgres;
  }
  argv = argv_field(side, "command", decoding);
  return Canary::Kind::command;
}

Binding decode_step(const View& value, ExerciseDecoding& decoding) {
  Binding binding;
  binding.step = value.key;
  expect_name(value, binding.step, decoding.steps, decoding.findings);
  binding.on = where_field(value, "on", decoding);
  const bool runs = field(value, "run").has_value();
  if (runs) binding.run = decode_run(value, decoding);
  if (auto until = field(value, "until")) binding.until = decode_condition(*until, decoding);
  binding.ask = text_field(value, "ask");
  binding.deadline = quantity_field(value, "deadline", parse_duration);
  if (auto timeout = quantity_field(value, "timeout", parse_duration);
      timeout && binding.until && !binding.deadline)
    binding.deadline = timeout;
  binding.undo = run_field(value, "undo", decoding);
  binding.keep_output = text_field(value, "output") != "none";
  auto goes_with = [&](const char* key, bool right, const char* with) {
    if (auto at = field(value, key); at && !right)
      decoding.findings.error_at_key(*at, in_quotes(key) + " goes with " + with);
  };
  if (!runs && !binding.until && binding.ask.empty()) return binding;
  goes_with("on", runs, "`run`");
  goes_with("env", runs, "`run`");
  goes_with("undo", runs, "`run`");
  goes_with("output", runs, "`run`");
  goes_with("timeout", runs || (binding.until && !field(value, "deadline")),
            "`run`, or with `until` in place of `deadline`");
  goes_with("deadline", !runs, "`until` and `ask`; a command has a `timeout`");
  return binding;
}

// What a region that is struck takes with it is struck too.
std::vector<std::string> with_what_lies_in(const Names& given, const Scenario& scenario) {
  Names struck = given;
  for (const Service& service : scenario.services)
    if (given.has(service.region)) struck.add(service.name);
  return struck.all;
}

std::vector<std::string> decode_struck(const View& root, const std::string& outage,
                                       ExerciseDecoding& decoding) {
  Names struck{"service or region"};
  if (auto given = field(root, "struck")) {
    each_item(*given, [&](const View& item) {
      if (!item->is_scalar()) return;
      expect_name(item, item->text, decoding.places, decoding.findings);
      struck.add(item->text);
    });
  } else if (decoding.scenario != nullptr) {
    for (const Outage& each : decoding.scenario->outages) {
      if (each.name != outage) continue;
      for (const Strike& strike : each.strikes) {
        if (strike.probability < 1) continue;
        if (!strike.region.empty()) struck.add(strike.region);
        for (const std::string& service : strike.services) struck.add(service);
      }
    }
  }
  return decoding.scenario == nullptr ? struck.all : with_what_lies_in(struck, *decoding.scenario);
}

void decode_people(const View& root, Exercise& exercise, ExerciseDecoding& decoding) {
  if (auto people = field(root, "people"))
    each_member(*people, [&](const View& role) {
      expect_name(role, std::string(role.key), decoding.roles, decoding.findings);
      exercise.people.emplace(role.key, names_field(*field(root, "people"), role.key));
    });
}

void decode_head(const View& root, Exercise& exercise, ExerciseDecoding& decoding) {
  exercise.title = text_field(root, "title");
  exercise.folder = decoding.folder;
  exercise.scenario_file = text_field(root, "scenario");
  exercise.outage = decoding.outage.empty() ? text_field(root, "outage") : decoding.outage;
  exercise.environment = text_field(root, "environment");
  const std::string kind = text_field(root, "kind");
  exercise.kind = kind == "tabletop"     ? Exercise::Kind::tabletop
                  : kind == "full-scale" ? Exercise::Kind::full_scale
                                         : Exercise::Kind::functional;
  exercise.limit = quantity_field(root, "limit", parse_duration).value_or(0);
  exercise.secrets = names_field(root, "secrets");
  decode_people(root, exercise, decoding);
  decode_blackouts(root, exercise, decoding);
}

void decode_ends(const View& root, Exercise& exercise, ExerciseDecoding& decoding) {
  if (auto recovered = field(root, "recovered-when")) {
    if (auto service = field(*recovered, "service"))
      expect_name(*service, (*service)->text, decoding.services, decoding.findings);
    exercise.recovered_service = text_field(*recovered, "service");
    exercise.recovered = decode_condition(*recovered, decoding);
  }
  if (auto stops = field(root, "stop-when"))
    each_member(*stops, [&](const View& stop) {
      exercise.stop_when.emplace_back(stop.key, decode_condition(stop, decoding));
    });
  if (auto afterwards = field(root, "afterwards")) {
    exercise.afterwards = decode_run(*afterwards, decoding);
    exercise.afterwards_on = where_field(*afterwards, "on", decoding);
  }
}

}  // namespace

Canary decode_canary(const View& value, ExerciseDecoding& decoding) {
  Canary canary;
  canary.service = text_field(value, "service");
  if (auto service = field(value, "service"))
    expect_name(*service, canary.service, decoding.services, decoding.findings);
  auto writes = field(value, "writes"), reads = field(value, "reads");
  if (!writes || !reads) return canary;
  canary.kind = decode_side(*writes, canary.writes, canary.write, decoding);
  Canary::Kind read = decode_side(*reads, canary.reads, canary.read, decoding);
  Findings& findings = decoding.findings;
  if (read != canary.kind && findings.clean(reads->pointer()) && findings.clean(writes->pointer()))
    findings.error_at_key(*reads,
                          "what is written in one way is read in the same: writes and reads are both "
                          "postgres, both http or both command");
  if (canary.kind == Canary::Kind::http && findings.clean(writes->pointer()) &&
      canary.writes.find("{seq}") == std::string::npos)
    findings.error_at_key(*writes,
                          "the address has no {seq} in it, where the number goes; expected such as "
                          "http://api.example/canary/{seq}");
  canary.every = quantity_field(*writes, "every", parse_duration).value_or(1);
  canary.writes_from = where_field(*writes, "from", decoding);
  canary.reads_from = where_field(*reads, "from", decoding);
  if (auto table = text_field(*writes, "table"); !table.empty()) canary.table = table;
  return canary;
}

Exercise decode_exercise(const View& root, ExerciseDecoding& decoding) {
  Exercise exercise;
  decode_head(root, exercise, decoding);
  auto each = [&](const char* key, auto use) {
    if (auto map = field(root, key)) each_member(*map, use);
  };
  each("targets", [&](const View& target) { exercise.targets.push_back(decode_target(target, decoding)); });
  each("services", [&](const View& service) {
    expect_name(service, std::string(service.key), decoding.services, decoding.findings);
    if (auto up = field(service, "up"))
      exercise.services.push_back({std::string(service.key), decode_condition(*up, decoding)});
  });
  exercise.struck = decode_struck(root, exercise.outage, decoding);
  each("probes", [&](const View& probe) { exercise.probes.push_back(decode_probe(probe, decoding)); });
  exercise.steady_state = conditions_field(root, "steady-state", decoding);
  decode_ends(root, exercise, decoding);
  if (auto canary = field(root, "canary")) exercise.canary = decode_canary(*canary, decoding);
  each("faults", [&](const View& fault) { exercise.faults.push_back(decode_fault(fault, decoding)); });
  each("steps", [&](const View& step) { exercise.steps.push_back(decode_step(step, decoding)); });
  return exercise;
}

}  // namespace muster
