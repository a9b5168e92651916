#include "tests/sim/random_plan.h"

#include <random>
#include <vector>

namespace muster {
namespace {

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::string write() {
    plain_ = chance(40);
    const int roles = 1 + below(3), services = 1 + below(5), steps = 1 + below(14);
    std::string text = "muster: 1\nregions: [east, west]\nroles:\n";
    for (int r = 0; r < roles; ++r) {
      each_.push_back(1 + (chance(15) ? below(2) : 0));
      text += "  r" + std::to_string(r) + ": {count: " + std::to_string(each_.back() + below(chance(10) ? 12 : 3));
      if (!plain_ && chance(25)) text += std::string(", hours: [\"Mon-Fri 09:00-18:00\"], responds: {on-hours: ") + law() + ", off-hours: " + (chance(30) ? "absent" : law()) + "}";
      text += "}\n";
    }
    text += "services:\n";
    std::vector<std::string> names;
    for (int s = 0; s < services; ++s) {
      std::string body;
      if (chance(50)) body = std::string("region: ") + (chance(50) ? "east" : "west");
      if (!plain_ && chance(40)) body += (body.empty() ? "" : ", ") + std::string("data: {size: 10 GB, copies: [{replica: {region: west, lag: ") + law() + "}}, {backup: {every: 6h, takes: " + law() + ", succeeds: 80%}}]}";
      if (s > 0 && chance(60)) body += (body.empty() ? "" : ", ") + std::string("needs: [") + (s > 2 && chance(50) ? "{at-least: " + std::to_string(1 + below(2)) + ", of: [s0, s1, east]}" : names[static_cast<std::size_t>(below(s))]) + "]";
      names.push_back("s" + std::to_string(s));
      text += "  " + names.back() + ": {" + body + "}\n";
    }
    text += "plan:\n";
    if (chance(60)) text += "  dispatch: " + std::string(chance(70) ? "declared" : "critical-path-first") + "\n";
    if (!plain_ && chance(25)) text += "  commits-at: t" + std::to_string(below(steps)) + "\n  patience: " + minutes() + "\n";
    std::string lines;
    std::vector<std::string> correlatable;
    for (int t = 0; t < steps; ++t) {
      std::string after;
      for (int a = 0; t > 0 && a < below(3); ++a) {
        const std::string one = "t" + std::to_string(below(t));
        if ((after + ",").find(one + ",") == std::string::npos) after += (after.empty() ? "" : ", ") + one;
      }
      const std::string first = law();
      const int kind = below(10);
      lines += "    t" + std::to_string(t) + ": {after: [" + after + "], takes: " + (kind < 7 ? first : kind == 7 ? "[" + first + ", " + law() + "]" : kind == 8 ? "[{drain: {arrives: 1/s, served: 3/s}}, " + first + "]" : "0s");
      if (kind < 7 && first.front() == '{' && first.find("empirical") == std::string::npos) correlatable.push_back("t" + std::to_string(t));
      if (chance(60)) {
        const auto role = static_cast<std::size_t>(below(roles));
        lines += ", by: {r" + std::to_string(role) + ": " + std::to_string(each_[role]) + "}";
      }
      if (chance(30)) lines += ", fails: " + std::to_string(10 * (1 + below(6))) + "%, attempts: " + std::to_string(1 + below(4));
      if (chance(20)) lines += ", retry-after: " + law();
      if (chance(10)) lines += ", timeout: " + std::to_string(5 + 5 * below(4)) + "m";
      if (chance(70)) lines += ", on-failure: continue";
      if (chance(15)) lines += ", priority: " + std::to_string(below(3));
      if (!plain_ && chance(15)) lines += ", only-if: [" + names[static_cast<std::size_t>(below(services))] + "]";
      if (chance(50)) lines += ", recovers: [" + names[static_cast<std::size_t>(below(services))] + "]";
      lines += "}\n";
    }
    if (!plain_ && correlatable.size() >= 2 && chance(30)) text += "  correlated: [{steps: [" + correlatable[0] + ", " + correlatable[1] + "], rho: 0.7}]\n";
    text += "  steps:\n" + lines + "outages:\n  o:\n    strikes: [" + (chance(50) ? std::string("{region: east") : "{services: [s0]") + (!plain_ && chance(30) ? ", probability: 60%" : "") +
            (!plain_ && chance(20) ? ", lasts: " + law() : "") + "}" + (chance(40) ? ", {services: [" + names.back() + "]}" : "") + "]\n";
    if (!plain_ && chance(40)) text += "    lasts: " + law() + "\n";
    if (chance(30)) text += "    data: lost\n";
    return text;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  std::string minutes() { return std::to_string(5 * (1 + below(4))) + "m"; }
  std::string law() {
    static const std::vector<std::string> laws{"{uniform: [5m, 25m]}", "{exponential: {mean: 12m}}", "{lognormal: {p50: 10m, p95: 40m}}", "{pert: [2m, 8m, 30m]}", "{empirical: [5m, 10m, 15m]}",
                                               "{gamma: {shape: 2, mean: 9m}}"};
    return chance(40) ? minutes() : laws[static_cast<std::size_t>(below(static_cast<int>(laws.size())))];
  }

  std::mt19937_64 random_;
  std::vector<int> each_;
  bool plain_ = false;  ///< what is struck is struck for certain and for good, nobody is called, no step depends on more than its seats
};

}  // namespace

std::string random_plan(std::uint64_t seed) { return Writer(seed).write(); }

}  // namespace muster
