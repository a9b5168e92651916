#include "tests/sim/random_scenario.h"

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <vector>

namespace muster {
namespace {

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::string write() {
    regions();
    roles();
    capacity();
    services();
    plan();
    outage();
    return out_;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  std::string minutes(int least = 0) { return std::to_string(std::max(least, below(5) * 5)) + "m"; }
  /// No whole number of minutes on a link: where a transfer and a step end at one instant, rounding would say which was first.
  static std::string gigabytes(int about) { return std::to_string(about + 7) + " GB"; }
  std::string law(int least = 0) {
    if (chance(50)) return minutes(least);
    switch (below(8)) {
      case 0: return "{uniform: [5m, 25m]}";
      case 1: return "{exponential: {mean: 12m}}";
      case 2: return "{lognormal: {p50: 10m, p95: 40m}}";
      case 3: return "{pert: [2m, 8m, 30m]}";
      case 4: return "{empirical: [5m, 10m, 15m]}";
      case 5: return "{gamma: {shape: 2, mean: 9m}}";
      case 6: return "{shifted: {by: 5m, of: {weibull: {shape: 0.8, scale: 10m}}}}";
      default: return "{mixture: [{weight: 3, of: 10m}, {weight: 1, of: {triangular: [1m, 5m, 20m]}}]}";
    }
  }
  std::string one_of(const std::vector<std::string>& names) { return names[static_cast<std::size_t>(below(static_cast<int>(names.size())))]; }
  static std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& n : names) text += (text.empty() ? "" : ", ") + n;
    return "[" + text + "]";
  }
  std::vector<std::string> some(std::vector<std::string> names, int most) {
    std::vector<std::string> out;
    while (!names.empty() && static_cast<int>(out.size()) < most && (out.empty() || chance(40))) {
      const auto i = names.begin() + below(static_cast<int>(names.size()));
      out.push_back(*i);
      names.erase(i);
    }
    return out;
  }
  std::string needs(std::vector<std::string> from) {
    std::vector<std::string> items = some(from, 2);
    if (from.size() >= 3 && chance(25)) {
      std::vector<std::string> of(from.begin(), from.begin() + 3);
      items.push_back("{at-least: " + std::to_string(1 + below(3)) + ", of: " + list(of) + "}");
    }
    return list(items);
  }

  void regions() {
    regions_ = {"east", "west"};
    out_ += "muster: 1\ntitle: random\nregions: [east, west]\n";
    if (chance(50)) out_ += "time-zone: America/Los_Angeles\n";
  }
  void roles() {
    out_ += "roles:\n";
    for (const std::string name : {"engineer", "boss"}) {
      seats_[name] = 1 + below(3);
      out_ += "  " + name + ": {count: " + std::to_string(seats_[name]);
      if (chance(30))
        out_ += ", hours: " + one_of({"[\"Mon-Fri 09:00-18:00\"]", "[\"Sat-Mon 22:00-06:00\", \"Wed 00:00-24:00\"]", "[\"07:30-19:00\", \"Fri,Sat 18:00-02:00\"]"});
      if (chance(50)) {
        if (chance(40))
          out_ += ", responds: " + law();
        else
          out_ += ", responds: {on-hours: " + law() + ", off-hours: " + (chance(20) ? "absent" : law()) + "}";
      }
      out_ += "}\n";
    }
  }
  void capacity() {
    bays_ = 1 + below(3);
    out_ += "capacity: {link: {rate: 1 GB/s}, slot: {slots: " + std::to_string(1 + below(2)) + "}, bay: {slots: " + std::to_string(bays_) + "}, wire: {rate: 8 Gbit/s}}\n";
  }

  std::string copy() {
    const std::string region = chance(70) ? "region: " + one_of(regions_) + ", " : "";
    const std::string kept = chance(40) ? ", kept: " + std::to_string(1 + below(48)) + "h" : "";
    switch (below(3)) {
      case 0: return "{replica: {" + region + "lag: " + law() + "}}";
      case 1: return "{log: {" + region + "lag: " + law() + kept + "}}";
      default:
        return "{backup: {" + region + "every: " + std::to_string(1 + below(12)) + "h, held: " + law() + ", takes: " + law() +
               ", succeeds: " + std::to_string(50 + below(51)) + "%" + kept + "}}";
    }
  }
  void services() {
    out_ += "services:\n";
    const int n = 2 + below(5);
    for (int i = 0; i < n; ++i) {
      const std::string name = "s" + std::to_string(i);
      std::vector<std::string> keys;
      if (chance(60)) keys.push_back("region: " + one_of(regions_));
      if (chance(50)) {
        std::vector<std::string> copies;
        for (int c = below(3); c >= 0; --c) copies.push_back(copy());
        keys.push_back("data: {size: " + gigabytes(100 * (1 + below(20))) + ", copies: " + list(copies) + "}");
        stores_.push_back(name);
      }
      if (i > 0 && chance(60)) {
        std::vector<std::string> others = services_;
        if (chance(20)) others.push_back(one_of(regions_));
        keys.push_back("needs: " + needs(others));
      }
      std::string body;
      for (const auto& k : keys) body += (body.empty() ? "" : ", ") + k;
      out_ += "  " + name + ": {" + body + "}\n";
      services_.push_back(name);
    }
  }

  std::string takes() {
    const int kind = below(10);
    if (kind < 6) return law();
    if (kind == 6) return "[" + law() + ", " + law() + "]";
    if (kind == 7 && chance(50)) return "[" + minutes() + ", {transfer: " + gigabytes(300 * (1 + below(6))) + ", over: link}]";
    if (kind == 7) return "[{transfer: " + gigabytes(600) + ", over: wire}, " + law() + ", {transfer: " + gigabytes(300) + ", over: " + one_of({"link", "wire"}) + "}, {drain: {arrives: 1/s, served: 4/s}}]";
    if (kind == 8 && !stores_.empty()) return "{transfer: " + one_of(stores_) + ", over: link}";
    if (kind == 8) return "{ramp: {to: 1000, at-once: 400, adds: 1/s}}";
    return "{drain: {arrives: 1/s, served: 3/s}}";
  }
  void plan() {
    const int n = 3 + below(7);
    std::vector<std::string> main;
    struct Fallback {
      std::string name;
    };
    std::vector<std::string> lines;
    std::vector<std::string> correlatable;
    int fallbacks = 0;
    std::function<void(const std::string&, std::vector<std::string>, bool, int)> add = [&](const std::string& name, std::vector<std::string> after, bool fallback, int depth) {
      std::vector<std::string> keys;
      std::vector<std::string> more;
      if (!after.empty()) keys.push_back("after: " + list(after));
      const std::string part = law();
      const bool one_random_part = chance(25) && part.front() == '{';
      const std::string duration = one_random_part ? (chance(50) ? part : "[" + minutes() + ", " + part + "]") : takes();
      const bool takes_no_time = chance(8);
      if (!takes_no_time) keys.push_back("takes: " + duration);
      std::vector<std::string> by;
      for (const auto& [role, seats] : seats_)
        if (chance(35)) by.push_back(role + ": " + std::to_string(1 + below(seats)));
      std::string people;
      for (const auto& b : by) people += (people.empty() ? "" : ", ") + b;
      if (!by.empty()) keys.push_back("by: {" + people + "}");
      const bool slot = chance(20);
      if (slot) keys.push_back(chance(30) ? "uses: {slot: 1, bay: " + std::to_string(1 + below(bays_)) + "}" : "uses: {slot: 1}");
      const bool duty = !fallback && chance(10) && !main.empty();
      if (duty) {
        keys.push_back("every: " + std::to_string(10 + 5 * below(8)) + "m");
        if (chance(70)) keys.push_back("until: " + one_of(main));
      }
      bool has_needs = chance(25);
      if (has_needs) {
        std::vector<std::string> from = services_;
        if (chance(20)) from.push_back(one_of(regions_));
        keys.push_back("needs: " + needs(from));
      }
      const bool waits = (has_needs || !by.empty() || slot) && chance(35);
      if (waits) keys.push_back("waits-at-most: " + minutes(5));
      if (!duty && depth < 2 && (has_needs || waits) && chance(60)) {
        const std::string other = "f" + std::to_string(fallbacks++);
        keys.push_back("otherwise: " + other);
        more.push_back(other);
      }
      if (chance(35)) {
        keys.push_back("fails: " + std::to_string(10 * (1 + below(7))) + "%");
        if (chance(60)) keys.push_back("attempts: " + std::to_string(1 + below(3)));
        if (chance(40)) keys.push_back("retry-after: " + law());
      }
      if (chance(15)) keys.push_back("timeout: " + minutes(5));
      const int failure = below(10);
      if (failure < 5)
        keys.push_back("on-failure: continue");
      else if (failure < 8 && !duty && depth < 2) {
        const std::string other = "f" + std::to_string(fallbacks++);
        keys.push_back("on-failure: {do: " + other + "}");
        more.push_back(other);
      }
      if (chance(20)) {
        std::vector<std::string> of = services_;
        if (chance(20)) of.push_back(one_of(regions_));
        keys.push_back("only-if: " + list(some(of, 2)));
      }
      if (!duty && chance(55)) keys.push_back("recovers: " + list(some(services_, 2)));
      if (chance(15)) keys.push_back("priority: " + std::to_string(below(5) - 2));
      std::string body;
      for (const auto& k : keys) body += (body.empty() ? "" : ", ") + k;
      lines.push_back("    " + name + ": {" + body + "}\n");
      if (!fallback && !duty) main.push_back(name);
      if (!duty && one_random_part && !takes_no_time) correlatable.push_back(name);
      for (const auto& f : more) add(f, chance(10) && main.size() > 1 ? std::vector<std::string>{main.front()} : std::vector<std::string>{}, true, depth + 1);
    };
    for (int i = 0; i < n; ++i) add("t" + std::to_string(i), chance(75) ? some(main, 3) : std::vector<std::string>{}, false, 0);
    out_ += "plan:\n";
    if (chance(50)) {
      out_ += "  commits-at: " + one_of(main) + "\n";
      if (chance(50)) out_ += "  patience: " + minutes(5) + "\n";
    }
    if (chance(40)) out_ += "  dispatch: critical-path-first\n";
    // Only two steps may go against each other: three could not be drawn so.
    if (correlatable.size() >= 2) out_ += "  correlated: [{steps: " + list(correlatable) + ", rho: " + (correlatable.size() == 2 ? one_of({"-1", "-0.6", "0.9", "1"}) : one_of({"0", "0.6", "1"})) + "}]\n";
    out_ += "  steps:\n";
    for (const auto& l : lines) out_ += l;
  }

  void outage() {
    std::vector<std::string> strikes;
    for (int i = below(3); i >= 0; --i) {
      std::string strike = chance(40) ? "region: " + one_of(regions_) : "services: " + list(some(services_, 3));
      if (chance(30)) strike += ", probability: " + std::to_string(20 + below(70)) + "%";
      if (chance(40)) strike += ", after: " + law();
      if (chance(40)) strike += ", lasts: " + law(5);
      strikes.push_back("{" + strike + "}");
    }
    out_ += "outages:\n  o:\n    strikes: " + list(strikes) + "\n";
    if (chance(65)) out_ += "    lasts: " + std::string(chance(50) ? law(5) : "{lognormal: {p50: 1h, p95: 5h}}") + "\n";
    const int data = below(4);
    if (data == 1) out_ += "    data: lost\n";
    if (data == 2) out_ += "    data: corrupted\n    noticed-after: " + law(5) + "\n";
    if (chance(40)) out_ += "    starts: \"" + one_of({"Sat 03:00", "Fri 17:50", "Tue 10:00"}) + "\"\n";
  }

  std::mt19937_64 random_;
  std::string out_;
  std::vector<std::string> regions_, services_, stores_;
  std::map<std::string, int> seats_;
  int bays_ = 1;
};

}  // namespace

std::string random_scenario(std::uint64_t seed) { return Writer(seed).write(); }

}  // namespace muster
