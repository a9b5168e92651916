#include <atomic>
#include <bit>
#include <cstring>

#include "models/load.h"
#include "models/statistics.h"
#include "tests/sim/oracle_support.h"

// One seed, one answer: whatever the threads, the number of replications asked, or an interruption.
namespace muster::oracle {
namespace {

/// Every field of a result but the wall time, as bits in a fixed order: equal lists are equal results, NaN
/// included.
class Fields {
 public:
  explicit Fields(const SimulationResult& r) {
    add(r.program, r.title, r.file, r.sha256, r.seed, r.replications, r.steps_replications, r.partial,
        r.sketched, r.precision, r.precision_reached);
    for (const OutageResult& o : r.outages) add_outage(o);
  }
  friend bool operator==(const Fields&, const Fields&) = default;
  std::size_t size() const { return fields_.size(); }

 private:
  void add_one(const std::string& s) { fields_.push_back(s); }
  void add_one(double d) { fields_.push_back(std::to_string(std::bit_cast<std::uint64_t>(d))); }
  template <std::integral T>
  void add_one(T n) {
    fields_.push_back(std::to_string(n));
  }
  void add_one(Verdict v) { add_one(static_cast<int>(v)); }
  void add_one(const Interval& i) { add(i.low, i.high); }
  void add_one(const Share& s) { add(s.met, s.ci); }
  template <class T>
  void add_one(const std::optional<T>& o) {
    add_one(o.has_value());
    if (o) add_one(*o);
  }
  template <class T>
  void add_one(const std::vector<T>& all) {
    add_one(all.size());
    for (const T& one : all) add_one(one);
  }
  void add_one(const Stats& s) {
    add(s.count, s.mean, s.sd, s.min, s.max, s.mean_ci, s.p50_ci, s.p90_ci, s.p95_ci, s.p99_ci);
    for (double q : s.quantiles) add_one(q);
  }
  void add_one(const TargetResult& t) { add(t.target, t.share, t.verdict, t.achievable); }
  void add_one(const ObjectiveResult& o) { add(o.confidence, o.rto, o.rpo, o.mtpd, o.both, o.both_verdict); }
  void add_one(const StepWeight& w) { add(w.step, w.criticality, w.correlation); }
  void add_one(const CopyUse& c) { add(c.copy, c.chosen); }
  void add_one(const ServiceResult& s) {
    add(s.name, s.affected, s.rto, s.rpo, s.unrecovered, s.stood_down, s.lost_for_good, s.objective, s.steps,
        s.copies);
  }
  void add_one(const StepResult& s) {
    add(s.name, s.ran, s.start, s.wait, s.duration, s.finish, s.failed, s.replaced, s.weight, s.waits_for,
        s.duty);
  }
  void add_one(const RoleResult& r) { add(r.name, r.busy, r.waited_for); }
  void add_outage(const OutageResult& o) {
    add(o.name, o.all_objectives, o.has_objectives, o.stood_down, o.stopped, o.services, o.steps, o.roles,
        o.recovery, o.work_recovery, o.plan_end, o.replications);
  }
  template <class... T>
  void add(const T&... all) {
    (add_one(all), ...);
  }

  std::vector<std::string> fields_;
};

/// Something of everything: responses, retries, a fallback, stand-down, backups, a link, correlation,
/// objectives.
Scenario rich() {
  return parse_scenario(R"(muster: 1
regions: [east, west]
roles:
  engineer: {count: 2, hours: ["Mon-Fri 09:00-18:00"], responds: {on-hours: 5m, off-hours: {lognormal: {p50: 15m, p95: 1h}}}}
capacity: {link: {rate: 1 GB/s}}
services:
  ledger:
    region: east
    data: {size: 900 GB, copies: [{backup: {region: west, every: 1h, takes: 20m, succeeds: 95%}}]}
    objective: {rto: 4h, rpo: 2h, confidence: 90%, mtpd: 1d}
  images: {region: east, data: {size: 2 TB, copies: [{replica: {region: west, lag: {lognormal: {p50: 1s, p99: 30s}}}}]}}
  front: {region: east, needs: [ledger, images], objective: {rto: 5h, rpo: 2h}}
outages:
  region-loss: {strikes: [{region: east}], lasts: {lognormal: {p50: 3h, p95: 20h}}}
  fire: {strikes: [{region: east}, {region: west, probability: 5%, after: 1h}], data: lost}
plan:
  commits-at: decide
  correlated: [{steps: [restore-ledger, switch], rho: 0.5}]
  steps:
    detect: {takes: {lognormal: {median: 5m, sigma: 0.6}}}
    decide: {after: [detect], takes: {pert: [5m, 15m, 60m]}}
    restore-ledger:
      after: [decide]
      takes: [{pert: [5m, 10m, 30m]}, {transfer: ledger, over: link}]
      by: {engineer: 1}
      fails: 20%
      attempts: 2
      retry-after: {exponential: {mean: 2m}}
      on-failure: {do: rebuild}
      recovers: [ledger]
    rebuild: {takes: {gamma: {mean: 3h, sd: 1h}}, by: {engineer: 2}, recovers: [ledger]}
    copy-images: {after: [decide], takes: {transfer: images, over: link}, recovers: [images]}
    switch: {after: [restore-ledger, copy-images], takes: {uniform: [5m, 20m]}, by: {engineer: 1}, fails: 2%, recovers: [front]}
    report: {after: [decide], every: 30m, until: switch, takes: 10m, by: {engineer: 1}}
)",
                        "rich.yaml")
      .scenario;
}

SimulationResult run(std::uint64_t n, int threads, std::uint64_t seed = 1) {
  SimulationOptions options;
  options.replications = n;
  options.threads = threads;
  options.seed = seed;
  return simulate(rich(), options);
}

// The number is neither a multiple of a block nor of the threads.
TEST(Determinism, TheNumberOfThreadsDoesNotShow) {
  const Fields one(run(20'011, 1));
  EXPECT_GT(one.size(), 1000u);
  for (int threads : {2, 3, 7}) EXPECT_TRUE(one == Fields(run(20'011, threads))) << threads << " threads";
  EXPECT_TRUE(one == Fields(run(20'011, 0))) << "all cores";
}

TEST(Determinism, AnotherSeedIsAnotherSample) {
  const SimulationResult one = run(2'000, 1), two = run(2'000, 1, 2);
  for (std::size_t o = 0; o < one.outages.size(); ++o)
    for (std::size_t s = 0; s < one.outages[o].services.size(); ++s)
      EXPECT_NE(one.outages[o].services[s].rto.quantile(0.5), two.outages[o].services[s].rto.quantile(0.5));
}

// Beyond a million values the quantiles come from a sketch, which is merged from the threads' sketches.
#ifndef MUSTER_SANITIZED
TEST(Determinism, TheNumberOfThreadsDoesNotShowInASketch) {
  const Scenario scenario = parse_scenario(R"(muster: 1
services: {product: {objective: {rto: 2h}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {restore: {takes: {exponential: {mean: 1h}}, fails: 1%, recovers: [product]}}}
)",
                                           "sketch.yaml")
                                .scenario;
  SimulationOptions options;
  options.replications = 1'000'001;
  options.threads = 1;
  const SimulationResult one = simulate(scenario, options);
  options.threads = 3;
  EXPECT_TRUE(one.sketched);
  EXPECT_TRUE(Fields(one) == Fields(simulate(scenario, options)));
  // Relative error at most 1e-4 of the exact order statistics of (nearly) the same sample.
  options.replications = 1'000'000;
  const SimulationResult exact = simulate(scenario, options);
  EXPECT_FALSE(exact.sketched);
  for (double p : {0.05, 0.5, 0.95})
    EXPECT_NEAR(one.outages[0].services[0].rto.quantile(p) / exact.outages[0].services[0].rto.quantile(p), 1,
                1.2e-4);
  EXPECT_EQ(one.outages[0].services[0].rto.quantile(0.999), never);
}
#endif

struct Kept {
  std::vector<double> rto, rpo, start, end;
  std::uint64_t next = 0;
  SampleSink sink() {
    return [this](const SampleBlock& b) {
      EXPECT_EQ(b.first, next) << "blocks come in order and without a gap";
      EXPECT_EQ(b.rto.size(), b.count * b.services.size());
      EXPECT_EQ(b.end.size(), b.count * b.steps.size());
      next += b.count;
      rto.insert(rto.end(), b.rto.begin(), b.rto.end());
      rpo.insert(rpo.end(), b.rpo.begin(), b.rpo.end());
      start.insert(start.end(), b.start.begin(), b.start.end());
      end.insert(end.end(), b.end.begin(), b.end.end());
    };
  }
};

bool begins_with(const std::vector<double>& all, const std::vector<double>& some) {
  return some.size() <= all.size() &&
         (some.empty() || std::memcmp(all.data(), some.data(), some.size() * sizeof(double)) == 0);
}

SimulationOptions sampling(std::uint64_t n, int threads) {
  SimulationOptions options;
  options.replications = n;
  options.threads = threads;
  options.sample_steps = true;
  options.outages = {"region-loss"};
  return options;
}

TEST(Determinism, FewerReplicationsAreTheFirstOnesOfMore) {
  const Scenario scenario = rich();
  Kept few, many;
  simulate(scenario, sampling(1'500, 3), {}, few.sink());
  simulate(scenario, sampling(9'000, 2), {}, many.sink());
  EXPECT_EQ(few.next, 1'500u);
  EXPECT_EQ(many.next, 9'000u);
  EXPECT_TRUE(begins_with(many.rto, few.rto));
  EXPECT_TRUE(begins_with(many.rpo, few.rpo));
  EXPECT_TRUE(begins_with(many.start, few.start));
  EXPECT_TRUE(begins_with(many.end, few.end));
}

// What explain() tells is the replication that simulate() ran.
TEST(Determinism, AStoryIsTheReplicationOfThatNumber) {
  const Scenario scenario = rich();
  Kept kept;
  simulate(scenario, sampling(40, 1), {}, kept.sink());
  for (std::uint64_t i = 0; i < 40; ++i) {
    const Story story = explain(scenario, "region-loss", 1, i);
    for (std::size_t s = 0; s < story.services.size(); ++s) {
      EXPECT_EQ(story.services[s].rto, kept.rto[i * 3 + s]);
      EXPECT_EQ(story.services[s].rpo, kept.rpo[i * 3 + s]);
    }
  }
}

TEST(Interruption, BeforeTheStartLeavesOneBlockMarkedPartial) {
  std::atomic<bool> interrupted{true};
  SimulationOptions options = sampling(1'000'000, 2);
  Kept kept;
  const SimulationResult partial = simulate(rich(), options, {}, kept.sink(), &interrupted);
  EXPECT_TRUE(partial.partial);
  EXPECT_GE(partial.replications, 1u);
  EXPECT_LT(partial.replications, 10'000u);
  EXPECT_EQ(kept.next, partial.replications);
}

TEST(Interruption, OnTheWayKeepsAPrefixAndItsStatistics) {
  std::atomic<bool> interrupted{false};
  SimulationOptions options = sampling(1'000'000, 3);
  Kept kept;
  const SampleSink keep = kept.sink();
  SimulationResult partial = simulate(
      rich(), options, {},
      [&](const SampleBlock& b) {
        keep(b);
        if (b.first + b.count > 3'000) interrupted = true;
      },
      &interrupted);
  EXPECT_TRUE(partial.partial);
  EXPECT_EQ(kept.next, partial.replications);
  EXPECT_GT(partial.replications, 3'000u);
  EXPECT_LT(partial.replications, 1'000'000u);
  Kept complete;
  SimulationResult whole = simulate(rich(), sampling(partial.replications, 1), {}, complete.sink());
  EXPECT_TRUE(begins_with(complete.rto, kept.rto));
  EXPECT_FALSE(whole.partial);
  whole.partial = true;
  EXPECT_TRUE(Fields(whole) == Fields(partial)) << "as if only those had been asked for";
}

// The second outage is not begun any more, or with one block.
TEST(Interruption, LeavesOutLaterOutages) {
  std::atomic<bool> interrupted{true};
  SimulationOptions options;
  const SimulationResult partial = simulate(rich(), options, {}, {}, &interrupted);
  EXPECT_TRUE(partial.partial);
  ASSERT_GE(partial.outages.size(), 1u);
  for (const OutageResult& o : partial.outages) EXPECT_GE(o.replications, 1u);
}

double half_width(const SimulationResult& r) {
  return relative_half_width(r.outages.at(0).services.at(0).rto.p95_ci);
}

// Doubles the replications until the 95% interval of the objective's quantile is tight enough, and no longer.
TEST(Precision, StopsWhenTheObjectivesQuantileIsKnown) {
  const Scenario scenario = parse_scenario(R"(muster: 1
services: {product: {objective: {rto: 2h, confidence: 95%}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {restore: {takes: {exponential: {mean: 1h}}, recovers: [product]}}}
)",
                                           "precise.yaml")
                                .scenario;
  for (double wanted : {0.02, 0.008}) {
    SimulationOptions options;
    options.precision = wanted;
    const SimulationResult r = simulate(scenario, options);
    EXPECT_TRUE(r.precision_reached);
    EXPECT_FALSE(r.partial);
    EXPECT_LE(half_width(r), wanted);
    // By the asymptotic law of a quantile: half-width 1.96 sqrt(p (1 - p)/n) / (f x), f x = 0.05 ln 20 here.
    const double needed = std::pow(1.96 / (0.05 * std::log(20.0) * wanted), 2) * 0.95 * 0.05;
    EXPECT_GT(static_cast<double>(r.replications), 0.7 * needed);
    EXPECT_LT(static_cast<double>(r.replications), std::max(16'384.0, 2.8 * needed));
    SimulationOptions same;
    same.replications = r.replications / 2;
    if (same.replications >= 16'384) {
      EXPECT_GT(half_width(simulate(scenario, same)), wanted) << "half as many were too few";
    }
    same.replications = r.replications;
    SimulationResult plain = simulate(scenario, same);
    plain.precision = r.precision;
    EXPECT_TRUE(Fields(plain) == Fields(r)) << "and the answer is that of as many replications";
  }
}

// Nothing varies, so the first look is enough; nothing is infinite without being told so.
TEST(Precision, AConstantIsKnownAtOnce) {
  const Scenario scenario = parse_scenario(R"(muster: 1
services: {product: {objective: {rto: 2h, confidence: 95%}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {restore: {takes: 1h, recovers: [product]}}}
)",
                                           "constant.yaml")
                                .scenario;
  SimulationOptions options;
  options.precision = 0.001;
  const SimulationResult r = simulate(scenario, options);
  EXPECT_TRUE(r.precision_reached);
  EXPECT_EQ(r.outages[0].services[0].rto.max, hour);
}

}  // namespace
}  // namespace muster::oracle
