#include "tests/reports/example_exercise.h"

#include "models/outcomes.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"  // designated: what is not named has its default

namespace muster::example {
namespace {

// From `low` to about three times `high`, the last hundredth far out.
Prediction spread(double low, double high) {
  Prediction out;
  for (int i = 0; i <= 1000; ++i) out.quantiles.push_back(low + (high - low) * i / 950 + (i > 990 ? (i - 990) * high / 5 : 0));
  return out;
}

RunBegan began() {
  RunBegan b;
  b.title = "East goes dark | and all moves west";
  b.file = "exercises/failover.yaml";
  b.file_sha256 = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
  b.scenario_title = "A lab of two regions";
  b.scenario_file = "exercises/lab.yaml";
  b.scenario_sha256 = "03ac674216f3e15c761ee1a5e255f067953623c8b388b4459e13f978d7c846f4";
  b.kind = "full-scale";
  b.environment = "staging";
  b.outage = "region-loss";
  b.program = "muster 0.1.0";
  b.host = "rehearsal-1";
  b.boot_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  b.run_folder = "/run/muster/" + failover_id;
  b.begun_by = "ada";
  b.limit = 120;
  b.people = {{"incident-commander", {"ic@example.org"}}, {"engineer", {"one@example.org", "two@example.org"}}};
  b.effects = effects();
  b.steps = {"detect", "decide", "fence-east", "promote-west", "swap-dns", "page-vendor", "swap-by-hand", "verify", "warm-caches"};
  b.recovered_service = "api";
  b.canary_service = "db";
  b.objective_rto = 30;
  b.objective_rpo = 1.5;
  b.predictions = predictions();
  return b;
}

struct Script {
  std::vector<Happening> all;
  template <class What>
  void tell(double seconds, What what) {
    all.push_back({at(seconds), std::move(what)});
  }
  void step(double seconds, const std::string& name, StepChange change, StepChanged more = {}) {
    more.step = name;
    more.change = change;
    tell(seconds, more);
  }
  void fault(double seconds, const std::string& name, FaultChange change, FaultChanged more = {}) {
    more.fault = name;
    more.kind = name == "cut" ? "partition" : "region-dark";
    more.target = name == "cut" ? "west" : "east";
    more.change = change;
    if (more.by.empty()) more.by = "keeper";
    tell(seconds, more);
  }
  void probe(double seconds, ProbeChanged::State state, const std::string& what, const std::string& name = "api-answers") {
    tell(seconds, ProbeChanged{name, state, what});
  }
};

// Up to the moment at which everything is in effect and people are asked.
Script until_asked() {
  Script s;
  s.tell(0, began());
  s.probe(0.2, ProbeChanged::State::passing, "status 200 in 3 ms");
  s.probe(0.2, ProbeChanged::State::passing, "status 200 in 2 ms", "bystander-answers");
  s.tell(1, ConditionMet{"steady-state", true, ""});
  s.fault(2, "cut", FaultChange::intended);
  s.fault(2.02, "cut", FaultChange::in_effect, {.proof = "2 elements in set cut_1"});
  s.step(4, "detect", StepChange::ready);
  s.step(4, "detect", StepChange::began, {.attempt = 1, .how = "until"});
  s.fault(4, "east-goes-dark", FaultChange::intended);
  s.fault(4.05, "east-goes-dark", FaultChange::in_effect, {.proof = "4 elements in set dark_2"});
  s.probe(4.4, ProbeChanged::State::failing, "no answer within 1 s");
  s.step(5.5, "detect", StepChange::succeeded, {.attempt = 1});
  s.step(5.5, "decide", StepChange::ready);
  s.step(5.5, "decide", StepChange::began, {.attempt = 1, .how = "ask"});
  s.tell(5.5, Asked{"decide", "East does not answer. Do we fail over?", {"ic@example.org"}, at(65.5)});
  return s;
}

void recover_by_plan(Script& s) {
  s.step(12, "decide", StepChange::succeeded, {.by = "ic@example.org", .note = "dashboards agree; go"});
  s.step(12, "fence-east", StepChange::ready);
  s.step(12, "fence-east", StepChange::began, {.attempt = 1, .how = "run"});
  s.step(12.4, "fence-east", StepChange::succeeded, {.attempt = 1, .exit = 0, .output_tail = "fenced\n"});
  s.step(12.4, "promote-west", StepChange::ready);
  s.step(13, "promote-west", StepChange::began, {.attempt = 1, .how = "run"});
  s.step(15, "promote-west", StepChange::retried, {.attempt = 1, .exit = 1, .why = "ended with 1"});
  s.step(16, "promote-west", StepChange::began, {.attempt = 2, .how = "run"});
  s.step(31, "promote-west", StepChange::succeeded, {.attempt = 2, .exit = 0});
  s.step(31, "swap-dns", StepChange::ready);
  s.step(31, "swap-dns", StepChange::began, {.attempt = 1, .how = "run"});
  s.step(32, "swap-dns", StepChange::failed, {.attempt = 1, .exit = 2, .output_tail = "zone `lab`: \x1b[31mlocked\x1b[0m\n```\nby another\n"});
  s.step(32, "page-vendor", StepChange::passed, {.why = "db is not struck"});
  s.step(32, "swap-by-hand", StepChange::ready);
  s.step(32, "swap-by-hand", StepChange::began, {.attempt = 1, .how = "by hand"});
  s.step(36, "swap-by-hand", StepChange::succeeded, {.by = "one@example.org", .automatic = true});
  s.step(36, "verify", StepChange::ready);
  s.step(36, "verify", StepChange::began, {.attempt = 1, .how = "until"});
  s.probe(36.3, ProbeChanged::State::passing, "status 200 in 9 ms");
  s.step(39.3, "verify", StepChange::succeeded, {.attempt = 1});
  s.tell(39.3, ConditionMet{"recovered", true, "api-answers for 3 s"});
  s.tell(39.3, RecoveryMeasured{.rta = 32.3, .error = 0.15, .seen_down = true, .relapses = {{40, 41.5}}, .total_downtime = 33.4});
  s.tell(40, CanaryRead{"after recovery", 0.02, 200, 3, 1500, 99, 2, {{101, 198}, {200, 200}}, 2.01, "", 0.004});
}

void undo(Script& s) {
  s.fault(41, "east-goes-dark", FaultChange::undoing, {.why = "the plan is done"});
  s.fault(41.2, "east-goes-dark", FaultChange::undone, {.proof = "the table is gone"});
  s.fault(41.2, "cut", FaultChange::undoing, {.why = "the plan is done"});
  s.fault(41.3, "cut", FaultChange::undone, {.proof = "the table is gone"});
}

}  // namespace

Moment at(double seconds) {
  const auto ns = static_cast<std::int64_t>(seconds * 1e9);
  return {1'000'000'000'000 + ns, 1'795'428'900'000'000'000 + ns};
}

std::vector<PlannedEffect> effects() {
  return {{"cut", "west", -2, {}, {"drops what comes from 10.9.1.0/24 in namespace west"}, {"removes the table"}, {"ip netns exec west nft delete table inet muster_k3f9_1"}},
          {"east-goes-dark", "east", 0, 90, {"drops all that goes out of or comes into namespace east, but loopback"}, {"removes the table"}, {"ip netns exec east nft delete table inet muster_k3f9_2"}}};
}

Predictions predictions() {
  Predictions p;
  p.seed = 1;
  p.replications = 10'000;
  p.steps = {{"detect", spread(1, 3), spread(1, 3)},           {"decide", spread(5, 60), spread(6, 63)},
             {"fence-east", spread(0.2, 0.42), spread(6.5, 64)}, {"promote-west", spread(2, 8), spread(9, 72)},
             {"swap-dns", spread(0.5, 2), spread(10, 74)},     {"swap-by-hand", spread(2, 5), spread(20, 80)},
             {"verify", spread(3, 5), spread(14, 80)},         {"warm-caches", spread(10, 30), spread(30, 110)}};
  p.recovery = spread(14, 80);
  p.loss = spread(0.01, 2);
  return p;
}

std::vector<Happening> failover() {
  Script s = until_asked();
  recover_by_plan(s);
  undo(s);
  s.tell(41.4, AfterwardsRan{.began = true});
  s.tell(52.4, AfterwardsRan{.began = false, .exit = 0, .seconds = 11});
  s.tell(53, CanaryRead{"after afterwards", 0.02, 200, 3, 1500, 98, 2, {{101, 198}}, 1.99, "", 0.004});
  s.tell(53, ProbeCounted{"api-answers", 530, 196, 332, 2, 0.21, 0.012});
  s.tell(53, ProbeCounted{"bystander-answers", 265, 265, 0, 0, 0.003, 0.001});
  s.tell(53.1, FootprintCompared{{"east: qdisc noqueue"}, {"east: qdisc noqueue"}, {}, {"east: listener 10.9.1.1:5433 is new"}});
  s.tell(53.1, Noted{"ledger", "2 happenings were written late", "runner"});
  s.tell(53.2, RunEnded{.ending = Ending::finished, .restored = true, .done_not_undone = {"promote-west", "swap-by-hand"}});
  return s.all;
}

std::vector<Happening> died() {
  Script s = until_asked();
  s.fault(20, "east-goes-dark", FaultChange::undoing, {.why = "the runner's heartbeat stopped"});
  s.fault(20.1, "east-goes-dark", FaultChange::undone, {.proof = "the table is gone"});
  s.fault(20.1, "cut", FaultChange::remains, {.by = "recover", .proof = "the namespace west cannot be entered", .by_hand = {"ip netns exec west nft delete table inet muster_k3f9_1"}});
  s.tell(4000, RunEnded{.ending = Ending::died, .why = "its runner was found dead", .by = "recover", .restored = false, .remains = {"cut: the namespace west cannot be entered"}});
  return s.all;
}

ExerciseRecord failover_record() { return record_of(failover_id, failover()); }
ExerciseRecord died_record() { return record_of("2026-11-24T09-00-00-q7zz", died()); }

std::vector<Action> actions() {
  return {{1, "2026-08-01T08-00-00-aaaa", "Rehearse with the night shift", "ic@example.org", "2026-10-01", "2026-08-02", "", "", ""},
          {2, failover_id, "Unlock the zone | before the swap", "one@example.org", "2026-12-15", "2026-11-23", "", "", ""},
          {3, failover_id, "Time the promotion anew", "two@example.org", "2026-11-25", "2026-11-23", "2026-11-24", "two@example.org", "12 s now"},
          {4, "", "Order pagers", "", "", "2026-11-23", "", "", ""}};
}

std::vector<ExerciseLine> history() {
  std::vector<ExerciseLine> out;
  const auto line = [&](const ExerciseRecord& r) {
    out.push_back({r.id, r.plan.title, r.plan.environment, r.plan.outage, *r.began, r.end, r.recovery, r.canary.empty() ? std::optional<CanaryRead>() : r.canary.front(),
                   r.plan.objective_rto, r.plan.objective_rpo});
  };
  line(failover_record());
  line(died_record());
  out.push_back({"2026-11-24T11-00-00-mmmm", "Slow link", "staging", "slow", at(90'000), {}, RecoveryMeasured{.why = "the limit came first"}, {}, 60.0, {}});
  out.push_back({"2026-11-24T12-00-00-nnnn", "Disk full", "staging", "disk", at(93'600), RunEnded{.ending = Ending::refused, .why = "a halt is set"}, {}, {}, {}, {}});
  return out;
}

LoadedExercise failover_file() {
  LoadedExercise out;
  Exercise& e = out.exercise;
  e.title = "East goes dark | and all moves west";
  e.file = "exercises/failover.yaml";
  e.scenario_file = "lab.yaml";
  e.outage = "region-loss";
  e.environment = "staging";
  e.kind = Exercise::Kind::full_scale;
  e.limit = 120;
  Condition api{.probe = "api-answers"};
  Condition down{.kind = Condition::Kind::negation, .of = {api}, .holds_for = 0.5};
  e.steady_state = {api, Condition{.kind = Condition::Kind::any, .of = {Condition{.probe = "a"}, Condition{.probe = "b"}}}};
  e.stop_when = {{"bystander-hurt", Condition{.kind = Condition::Kind::negation, .of = {Condition{.probe = "bystander-answers"}}, .holds_for = 2}}};
  e.recovered_service = "api";
  e.canary = Canary{.service = "db"};
  FaultPlan cut{.name = "cut", .on = "west", .settings = PartitionFault{}, .after = -2};
  FaultPlan dark{.name = "east-goes-dark", .on = "east", .settings = RegionDarkFault{}, .lasts = 90, .before_undo = Run{.argv = {"./fence-east", "now please"}}};
  e.faults = {cut, dark};
  e.steps = {{.step = "detect", .until = down},
             {.step = "decide", .ask = "East does not answer. Do we fail over?"},
             {.step = "promote-west", .on = {.target = "west"}, .run = Run{.argv = {"pg_ctl", "promote"}}, .undo = Run{.argv = {"./rebuild-west"}}}};
  e.afterwards = Run{.argv = {"./rebuild-east"}};
  out.scenario.outages.push_back({.name = "region-loss", .plan = ""});
  Plan plan;
  plan.steps = {{.name = "detect"}, {.name = "decide", .after = {"detect"}}, {.name = "promote-west", .after = {"decide"}}, {.name = "call-the-bank", .after = {"decide", "promote-west"}}};
  out.scenario.plans.push_back(plan);
  return out;
}

}  // namespace muster::example
