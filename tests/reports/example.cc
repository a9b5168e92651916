#include "tests/reports/example.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace muster::example {
namespace {

constexpr double h = 3600, m = 60;

Stats of_sample(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  Stats s;
  s.count = x.size();
  double sum = 0, squares = 0;
  for (double v : x) sum += v;
  s.mean = sum / n;
  for (double v : x) squares += (v - s.mean) * (v - s.mean);
  s.sd = std::isinf(s.mean) ? never : std::sqrt(squares / (n - 1));
  s.min = x.front();
  s.max = x.back();
  auto at = [&](double p) {
    return x[static_cast<std::size_t>(std::clamp(std::ceil(p * n) - 1, 0.0, n - 1))];
  };
  for (std::size_t i = 0; i < Stats::levels.size(); ++i) s.quantiles[i] = at(Stats::levels[i]);
  const double half = 1.96 * s.sd / std::sqrt(n);
  s.mean_ci = std::isinf(s.mean) ? Interval{never, never} : Interval{s.mean - half, s.mean + half};
  s.p50_ci = {at(0.47), at(0.53)};
  s.p90_ci = {at(0.88), at(0.92)};
  s.p95_ci = {at(0.937), at(0.963)};
  s.p99_ci = {at(0.983), at(0.996)};
  return s;
}

TargetResult target(double seconds, double met, double margin, Verdict verdict, double achievable) {
  return {seconds, {met, {met - margin, met + margin}}, verdict, achievable};
}

}  // namespace

Stats stats(double low, double typical, double never_share) {
  constexpr int n = 1000;
  std::vector<double> values;
  for (int i = 0; i < n; ++i) {
    const double u = (i + 0.5) / n;
    values.push_back(i >= n * (1 - never_share) ? never : low + (typical - low) * u / std::sqrt(1 - u) * 1.4);
  }
  return of_sample(std::move(values));
}

Stats constant(double value) { return of_sample(std::vector<double>(1000, value)); }

Scenario scenario() {
  Scenario s;
  s.title = "Harbour Books production, eu-north to eu-west";
  s.file = "plans/harbour.yaml";
  s.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  s.document = {"7", "M. Ferrer", "the board", "2026-10-02", "2027-04-01"};
  s.regions = {"eu-north", "eu-west"};
  s.roles = {{"engineer", 3, {}, {}, {}, {"on call in two places", "rota of 2026"}},
             {"executive", 2, {}, {}, {}, {}}};
  for (const char* name : {"orders", "search", "shop", "mail"})
    s.services.push_back({name, "eu-north", {}, {}, {}, {}, {}});
  s.services[0].provenance = {"the ledger of what was sold", "inventory"};
  Outage region;
  region.name = "region-loss";
  region.strikes = {{"eu-north", {}, 1, {}, {}}, {"", {"mail"}, 0.3, {}, {}}};
  region.rate = 0.2 / (365.25 * 86400);
  region.provenance = {"The whole of eu-north is gone.", "provider's history"};
  Outage cache;
  cache.name = "cache-loss";
  cache.strikes = {{"", {"search"}, 1, {}, {}}};
  cache.rate = 3 / (365.25 * 86400);
  s.outages = {region, cache};
  Plan plan;
  for (const char* name :
       {"detect", "decide", "decide-by-deputy", "restore-orders", "swap-dns", "tell-customers"}) {
    Step step;
    step.name = name;
    plan.steps.push_back(step);
  }
  plan.steps[1].otherwise = "decide-by-deputy";
  plan.steps[3].provenance = {"", "exercise of 2026-05-04"};
  s.plans = {plan};
  return s;
}

OutageResult region_loss() {
  OutageResult o;
  o.name = "region-loss";
  o.replications = 100'000;
  o.has_objectives = true;
  o.all_objectives = {0.561, {0.558, 0.564}};
  o.stood_down = 0.142;
  o.stopped = 0.004;

  ServiceResult shop;
  shop.name = "shop";
  shop.affected = true;
  shop.rto = stats(40 * m, 2.1 * h, 0.004);
  shop.rpo = stats(0, 12 * m, 0.002);
  shop.unrecovered = 0.004;
  shop.stood_down = 0.142;
  shop.lost_for_good = 0.002;
  ObjectiveResult shop_objective;
  shop_objective.rto = target(12 * h, 0.973, 0.001, Verdict::met, 9.23 * h);
  shop_objective.rpo = target(15 * m, 0.573, 0.003, Verdict::missed, 73 * m);
  shop_objective.mtpd = target(24 * h, 0.9921, 0.0006, Verdict::met, 9.23 * h);
  shop_objective.both = {0.561, {0.558, 0.564}};
  shop_objective.both_verdict = Verdict::missed;
  shop.objective = shop_objective;
  shop.steps = {{"detect", 1, 0.12}, {"restore-orders", 0.91, 0.83}};

  ServiceResult search = shop;
  search.name = "search";
  search.objective = ObjectiveResult{};
  search.objective->rto = target(9 * h, 0.9489, 0.0014, Verdict::undecided, 9.23 * h);
  search.objective->both = search.objective->rto->share;
  search.objective->both_verdict = Verdict::undecided;

  ServiceResult orders = shop;
  orders.name = "orders";
  orders.objective.reset();
  orders.copies = {{"replica in eu-north", 0},
                   {"log in eu-west", 0.912},
                   {"backup in eu-west", 0.086},
                   {"no usable copy", 0.002}};

  ServiceResult mail;
  mail.name = "mail";
  mail.rto = mail.rpo = constant(0);
  o.services = {orders, search, shop, mail};

  auto step = [](const char* name, double critical, double rho, double typical) {
    StepResult s;
    s.name = name;
    s.ran = 1;
    s.start = stats(m, 30 * m);
    s.wait = constant(0);
    s.duration = stats(typical / 3, typical);
    s.finish = stats(m + typical / 3, 30 * m + typical);
    s.weight = {name, critical, rho};
    return s;
  };
  o.steps = {step("detect", 1, 0.12, 5 * m),
             step("decide", 0.7, 0.31, 20 * m),
             step("decide-by-deputy", 0.3, 0.05, 10 * m),
             step("restore-orders", 0.91, 0.83, 55 * m),
             step("swap-dns", 0.88, -0.02, 6 * m),
             step("tell-customers", 0, 0, 3 * m)};
  o.steps[1].replaced = 0.302;
  o.steps[1].wait = stats(0, 9 * m);
  o.steps[1].waits_for = "executive";
  o.steps[3].wait = stats(0, 14 * m);
  o.steps[3].waits_for = "engineer";
  o.steps[3].failed = 0.004;
  o.steps[5].weight.correlation.reset();
  o.steps[5].ran = 0;
  o.steps[5].start = o.steps[5].wait = o.steps[5].duration = o.steps[5].finish = Stats{};

  o.roles = {{"engineer", stats(h, 3 * h), stats(0, 14 * m)},
             {"executive", stats(5 * m, 25 * m), constant(0)}};
  o.recovery = shop.rto;
  o.work_recovery = stats(0, 40 * m);
  o.plan_end = stats(h, 3 * h, 0.004);
  return o;
}

OutageResult cache_loss() {
  OutageResult o;
  o.name = "cache-loss";
  o.replications = 100'000;
  o.has_objectives = true;
  o.all_objectives = {0.9997, {0.9996, 0.9998}};
  ServiceResult search;
  search.name = "search";
  search.affected = true;
  search.rto = stats(2 * m, 11 * m);
  search.rpo = constant(0);
  search.objective = ObjectiveResult{};
  search.objective->rto = target(6 * h, 0.9997, 0.0001, Verdict::met, 58 * m);
  search.objective->both = search.objective->rto->share;
  search.objective->both_verdict = Verdict::met;
  ServiceResult shop;
  shop.name = "shop";
  shop.rto = shop.rpo = constant(0);
  o.services = {search, shop};
  StepResult detect;
  detect.name = "detect";
  detect.ran = 1;
  detect.start = detect.wait = constant(0);
  detect.duration = detect.finish = stats(2 * m, 11 * m);
  detect.weight = {"detect", 1, 1.0};
  o.steps = {detect};
  o.recovery = o.plan_end = search.rto;
  o.work_recovery = constant(0);
  return o;
}

SimulationResult one_outage() {
  SimulationResult r;
  r.program = "0.1.0";
  const Scenario s = scenario();
  r.title = s.title;
  r.file = s.file;
  r.sha256 = s.sha256;
  r.seed = 1;
  r.replications = r.steps_replications = 100'000;
  r.seconds = 12.5;
  r.outages = {region_loss()};
  return r;
}

SimulationResult two_outages() {
  SimulationResult r = one_outage();
  r.outages.push_back(cache_loss());
  return r;
}

Story story() {
  Story s;
  const Scenario sc = scenario();
  s.title = sc.title;
  s.file = sc.file;
  s.sha256 = sc.sha256;
  s.outage = "region-loss";
  s.seed = 1;
  s.replication = 4711;
  s.chosen_because = "its recovery time is the p95 of 100,000 replications";
  s.onset = 1740797520;
  s.onset_local = "Sat 03:12 (UTC)";
  s.recovery = 2.5 * h;
  s.plan_end = 2.8 * h;
  s.committed_at = 45 * m;
  auto step = [](const char* name, double ready, double start, double finish, Cause cause, bool critical) {
    StoryStep one;
    one.end = StoryStep::End::succeeded;
    one.name = name;
    one.ready = one.requested = ready;
    one.start = start;
    one.finish = finish;
    one.attempts = {{start, finish, false, false}};
    one.cause = std::move(cause);
    one.critical = critical;
    return one;
  };
  using Kind = Cause::Kind;
  s.steps = {
      step("detect", 0, 0, 5 * m, {Kind::onset, "", ""}, true),
      step("decide", 5 * m, never, 45 * m, {Kind::predecessor, "detect", "detect"}, true),
      step("decide-by-deputy", 20 * m, 35 * m, 45 * m, {Kind::person, "executive", ""}, true),
      step("restore-orders", 45 * m, 60 * m, 140 * m, {Kind::seat, "engineer", "restore-search"}, true),
      step("restore-search", 45 * m, 45 * m, 60 * m, {Kind::predecessor, "decide", "decide"}, false),
      step("swap-dns", 140 * m, 140 * m, 150 * m, {Kind::predecessor, "restore-orders", "restore-orders"},
           true),
      step("tell-customers", never, never, never, {}, false)};
  s.steps[1].end = StoryStep::End::replaced;
  s.steps[1].attempts.clear();
  s.steps[1].replaced_by = "decide-by-deputy";
  s.steps[2].by = {"1 executive"};
  s.steps[3].by = {"1 engineer"};
  s.steps[3].holders = {"restore-search"};
  s.steps[3].attempts = {{60 * m, 95 * m, true, false}, {96 * m, 140 * m, false, false}};
  s.steps[4].by = {"1 engineer"};
  s.steps[6].end = StoryStep::End::never_ready;
  StoryService orders;
  orders.name = "orders";
  orders.struck = true;
  orders.struck_at = 0;
  orders.rto = 140 * m;
  orders.rpo = 5 * m;
  orders.came_back_by = "restore-orders";
  orders.copies = {{"replica in eu-north", false, never, "its region was struck", false},
                   {"log in eu-west", true, 5 * m, "", true},
                   {"backup in eu-west", true, 47 * m, "", false}};
  StoryService shop;
  shop.name = "shop";
  shop.struck = true;
  shop.struck_at = 0;
  shop.rto = 2.5 * h;
  shop.rpo = 5 * m;
  shop.came_back_by = "swap-dns";
  StoryService mail;
  mail.name = "mail";
  s.services = {orders, shop, mail};
  s.events = {{0, "eu-north is struck"},
              {5 * m, "detect ends"},
              {20 * m, "decide has waited 15 min for executive: decide-by-deputy takes its place"},
              {95 * m, "restore-orders fails, and is tried again"},
              {140 * m, "orders is back by restore-orders"},
              {150 * m, "shop is back by swap-dns"}};
  s.service = "shop";
  s.critical_path = {"detect", "decide-by-deputy", "restore-search", "restore-orders", "swap-dns"};
  return s;
}

std::string long_word(const std::string& beginning, char letter) {
  return beginning + std::string(90, letter);
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(MUSTER_SOURCE) + "/tests/reports/golden/" + name;
  if (std::getenv("MUSTER_UPDATE_GOLDEN")) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing: run with MUSTER_UPDATE_GOLDEN=1, and read what it wrote";
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str()) << "differs from " << path
                                << "; where that is meant, run with MUSTER_UPDATE_GOLDEN=1";
}

}  // namespace muster::example
