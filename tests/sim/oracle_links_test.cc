#include <algorithm>
#include <limits>

#include "tests/sim/oracle_support.h"

// Transfers that share a link: n at a time get rate/n each (egalitarian processor sharing).
namespace muster::oracle {
namespace {

/// When each transfer ends that arrives at a given time and would take a given time alone: by following the
/// fluid from one arrival or departure to the next.
std::vector<double> shared(std::vector<double> arrivals, std::vector<double> alone) {
  const std::size_t n = arrivals.size();
  std::vector<double> ends(n, -1);
  double now = 0;
  for (std::size_t left = n; left > 0;) {
    std::size_t active = 0;
    double next_arrival = never, smallest = never;
    for (std::size_t i = 0; i < n; ++i) {
      if (ends[i] >= 0) continue;
      if (arrivals[i] > now) {
        next_arrival = std::min(next_arrival, arrivals[i]);
      } else {
        ++active;
        smallest = std::min(smallest, alone[i]);
      }
    }
    const double share = active == 0 ? 0 : 1.0 / static_cast<double>(active);
    const double step = std::min(next_arrival - now, active == 0 ? never : smallest / share);
    const bool departs = active > 0 && smallest / share <= step;
    for (std::size_t i = 0; i < n; ++i) {
      if (ends[i] >= 0 || arrivals[i] > now) continue;
      if (departs && alone[i] == smallest) {
        ends[i] = now + step;
        --left;
      } else {
        alone[i] -= step * share;
      }
    }
    now = departs || next_arrival == never ? now + step : next_arrival;
  }
  return ends;
}

constexpr const char* link = R"(
capacity: {link: {rate: 1 GB/s}}
services: {a: {}, b: {}, c: {}, d: {}}
outages: {loss: {strikes: [{services: [a, b, c, d]}]}}
)";  // 60 GB is a minute alone

std::string with(const std::string& steps) {
  std::string yaml = link;
  return yaml.append("plan:\n  steps:\n").append(steps);
}

// Two equal ones of 10 min end together after 20; of 10 and 20 min after 20 and 30; of 10, 20 and 30 min
// after 30, 50 and 60: the k-th smallest of sizes s ends after s_1 n + (s_2 - s_1)(n - 1) + ….
TEST(OracleLinks, TransfersThatStartTogether) {
  const auto ends = [](int a, int b, int c) {
    const auto step = [](const char* name, int minutes) {
      return std::string("    copy-") + name + ": {takes: {transfer: " + std::to_string(60 * minutes) +
             " GB, over: link}, recovers: [" + name + "]}\n";
    };
    return Observed(with(step("a", a) + step("b", b) + (c ? step("c", c) : "")), {.replications = 10});
  };
  const Observed equal = ends(10, 10, 0), unequal = ends(10, 20, 0), three = ends(30, 10, 20);
  expect_always(equal.rto("a"), 20 * minute);
  expect_always(equal.rto("b"), 20 * minute);
  expect_always(unequal.rto("a"), 20 * minute);
  expect_always(unequal.rto("b"), 30 * minute);
  expect_always(three.rto("b"), 30 * minute);
  expect_always(three.rto("c"), 50 * minute);
  expect_always(three.rto("a"), 60 * minute);
  EXPECT_EQ(shared({0, 0, 0}, {30, 10, 20}), (std::vector<double>{60, 30, 50}));
}

// Four that come one after another, at constant times.
TEST(OracleLinks, TransfersThatComeOneAfterAnother) {
  const Observed seen(with(R"(
    copy-a: {takes: {transfer: 2400 GB, over: link}, recovers: [a]}
    copy-b: {takes: [10m, {transfer: 600 GB, over: link}], recovers: [b]}
    copy-c: {takes: [20m, {transfer: 1800 GB, over: link}, 5m], recovers: [c]}
    copy-d: {takes: [3h, {transfer: 60 GB, over: link}, {transfer: 60 GB, over: link}], recovers: [d]}
)"),
                      {.replications = 10});
  const auto ends = shared({0, 10, 20, 180}, {40, 10, 30, 2});
  EXPECT_EQ(ends,
            (std::vector<double>{
                75, 35, 80, 182}));  // by hand: 10 alone, 10 by halves, 15 by thirds, 40 by halves, 5 alone
  expect_always(seen.rto("a"), ends[0] * minute);
  expect_always(seen.rto("b"), ends[1] * minute);
  expect_always(seen.rto("c"), (ends[2] + 5) * minute);
  expect_always(seen.rto("d"), ends[3] * minute);
}

// The second comes an exponential time A after the first, s1 = 10 min <= s2 = 20 min. If A < s1 the first has
// s1 - A left, ends at A + 2 (s1 - A), and the link is busy from 0 on until s1 + s2; else each is alone. With
// 1/l the mean of A: E T1 = 2 s1 - (1 - exp(-l s1))/l, E T2 = s2 + E max(A, s1) = s2 + s1 + exp(-l s1)/l.
TEST(OracleLinks, TwoTransfersAnExponentialTimeApart) {
  const Observed seen(with(R"(
    wait: {takes: {exponential: {mean: 15m}}}
    copy-a: {takes: {transfer: 600 GB, over: link}, recovers: [a]}
    copy-b: {after: [wait], takes: {transfer: 1200 GB, over: link}, recovers: [b]}
)"));
  const double m = 15, apart = std::exp(-10 / m);
  const double first = 20 - m * (1 - apart), second = 30 + m * apart;
  const auto conditioned = [&](std::size_t which, double s1, double s2) {
    const auto at = [&](double offset) {
      return shared({0, offset}, {s1, s2})[which] * std::exp(-offset / m) / m;
    };
    return integrate(at, 0, s1) + integrate(at, s1, 60 * m);
  };
  ASSERT_NEAR(conditioned(0, 10, 20), first, 1e-6);
  ASSERT_NEAR(conditioned(1, 10, 20), second, 1e-6);
  expect_mean(seen.rto("a"), first * minute);
  expect_mean(seen.rto("b"), second * minute);
  expect_share(
      seen.rto("a"), [](double v) { return v < 10 * minute + 1e-6; }, apart);
}

// Two from the start, 10 and 25 min, the third of 15 min after an exponential time of 20 min: conditioned on
// that time, integrated piece by piece between the moments at which the others end (20 and 35 min).
TEST(OracleLinks, AThirdTransferJoinsTwo) {
  const Observed seen(with(R"(
    wait: {takes: {exponential: {mean: 20m}}}
    copy-a: {takes: {transfer: 600 GB, over: link}, recovers: [a]}
    copy-b: {takes: {transfer: 1500 GB, over: link}, recovers: [b]}
    copy-c: {after: [wait], takes: {transfer: 900 GB, over: link}, recovers: [c]}
)"));
  const char* names[] = {"a", "b", "c"};
  for (std::size_t which = 0; which < 3; ++which) {
    SCOPED_TRACE(names[which]);
    const auto moment = [&](int power) {
      const auto at = [&](double offset) {
        return std::pow(shared({0, 0, offset}, {10, 25, 15})[which], power) * std::exp(-offset / 20) / 20;
      };
      return integrate(at, 0, 5) + integrate(at, 5, 20) + integrate(at, 20, 35) + integrate(at, 35, 1200);
    };
    const double mean = moment(1);
    expect_mean_and_variance(seen.rto(names[which]), mean * minute,
                             (moment(2) - mean * mean) * minute * minute);
  }
}

}  // namespace
}  // namespace muster::oracle
