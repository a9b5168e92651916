#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <random>
#include <vector>

// The reference workload (bench/stackery-14.yaml) for the peers that are written in C++, drawn as most of their users would: by
// the standard library's generators.
namespace workload {

struct Step {
  enum class Law { lognormal, pert, pert_and_uniform, constant } law;
  double a, b, c;              // median and sigma; low, mode and high; a constant. In minutes
  std::vector<int> after;
  bool engineer = false;
  int attempts = 1;
};
using enum Step::Law;
inline std::array<Step, 16> steps{{{lognormal, 5, 0.6, 0, {}},
                                   {pert, 5, 15, 60, {0}},
                                   {pert, 2, 5, 15, {1}},
                                   {pert, 1, 2, 5, {2}},
                                   {lognormal, 45, 0.5, 0, {2}, true},
                                   {lognormal, 20, 0.4, 0, {2}, true},
                                   {lognormal, 15, 0.4, 0, {2}, true},
                                   {lognormal, 5, 0.3, 0, {2}, true},
                                   {lognormal, 60, 0.5, 0, {2}, true},
                                   {pert, 5, 10, 30, {4, 5, 6}, true, 3},
                                   {pert, 5, 10, 30, {9, 7}, true, 3},
                                   {pert, 5, 10, 30, {10, 8}, true, 3},
                                   {pert, 10, 20, 40, {11}},
                                   {pert_and_uniform, 1, 2, 5, {11}},
                                   {lognormal, 10, 0.4, 0, {12, 13}},
                                   {constant, 1, 0, 0, {14}}}};

/// As the file has them, a step a line: a, b and c, and how many steps it comes after and which.
inline bool change(const char* path) {
  std::ifstream file(path);
  for (Step& s : steps) {
    std::size_t count = 0;
    file >> s.a >> s.b >> s.c >> count;
    if (!file || count > steps.size()) return false;
    s.after.resize(count);
    for (int& before : s.after) file >> before;
  }
  return !file.fail();
}

inline constexpr int engineers = 3;
inline constexpr double fails = 0.1;

using Random = std::mt19937_64;

inline double beta(Random& random, double a, double b) {
  const double x = std::gamma_distribution<>(a)(random), y = std::gamma_distribution<>(b)(random);
  return x / (x + y);
}

inline double one_attempt(const Step& s, Random& random) {
  if (s.law == constant) return s.a;
  if (s.law == lognormal) return std::lognormal_distribution<>(std::log(s.a), s.b)(random);
  const double time = s.a + (s.c - s.a) * beta(random, 1 + 4 * (s.b - s.a) / (s.c - s.a), 1 + 4 * (s.c - s.b) / (s.c - s.a));
  return s.law == pert ? time : time + std::uniform_real_distribution<>(1, 5)(random);
}

inline bool fails_now(const Step& s, Random& random) { return s.attempts > 1 && std::bernoulli_distribution(fails)(random); }

inline double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// One line of JSON.
inline void tell(const char* peer, std::vector<double> times, double seconds) {
  std::sort(times.begin(), times.end());
  const auto n = static_cast<double>(times.size());
  double sum = 0;
  for (double t : times) sum += t;
  const auto quantile = [&](double p) { return times[static_cast<std::size_t>(std::max(0.0, std::ceil(p * n) - 1))]; };
  std::printf("{\"peer\": \"%s\", \"replications\": %zu, \"cpu-seconds\": %g, \"per-second\": %g, \"mean\": %g, \"p50\": %g, \"p95\": %g, \"p99\": %g}\n", peer,
              times.size(), seconds, n / seconds, sum / n, quantile(0.5), quantile(0.95), quantile(0.99));
}

}  // namespace workload
