#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/faults/kinds.h"
#include "exercise/faults/pressure.h"

/// A share of the time of every core that this machine lets us have, by processes that spin.
namespace muster {
namespace {

using nlohmann::json;

constexpr double kPeriod = 0.02;  // seconds, over which the share is kept

double seconds_of(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

int cores() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(CPU_COUNT(&set), 1) : 1;
}

// Spends its share of each period; what others take from it is not made up for later.
[[noreturn]] void spin(double load) {
  for (double period = seconds_of(CLOCK_MONOTONIC);;) {
    const double used = seconds_of(CLOCK_PROCESS_CPUTIME_ID), end = period + kPeriod;
    while (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - used < load * kPeriod && seconds_of(CLOCK_MONOTONIC) < end) {
    }
    const double now = seconds_of(CLOCK_MONOTONIC);
    period = now < end ? end : now;
    const double rest = end - now;
    timespec pause{0, static_cast<long>(rest * 1e9)};
    if (rest > 0) ::nanosleep(&pause, nullptr);
  }
}

void spin_everywhere(double load, int processes) {
  const pid_t leader = ::getpid();
  for (int i = 0; i < processes; ++i) {
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no process can be started");
    if (child > 0) continue;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != leader) ::_exit(0);
    spin(load);
  }
}

class CpuKind : public FaultKind {
 public:
  std::string name() const override { return "cpu"; }
  LastResort last_resort() const override { return LastResort::fuse; }
  bool takes_machine() const override { return true; }
  std::vector<std::string> missing(const Target&) const override { return {}; }

  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const json settings{{"load", std::get<CpuFault>(fault.settings).load}, {"cores", cores()}, {"ends-in", pressure_end(fault, around)}};
    return {around.exercise, fault.name, 0, name(), target, settings.dump(), around.folder};
  }

  PlannedEffect describe(const Effect& effect) const override {
    const json s = json::parse(effect.settings);
    const double load = s.at("load");
    PlannedEffect plan;
    plan.fault = effect.fault;
    plan.target = effect.target.name;
    plan.does = {"keeps " + std::to_string(std::lround(load * 100)) + "% of each of " + std::to_string(s.at("cores").get<int>()) + " cores busy, by a process that spins on each"};
    plan.undone_by = {"killing them; they end by themselves too"};
    plan.by_hand = pressure_by_hand(effect);
    return plan;
  }

  void apply(const Effect& effect, double) const override {
    const json s = json::parse(effect.settings);
    const double load = s.at("load");
    const int cores = s.at("cores");
    begin_pressure(effect, {500, s.at("ends-in"), "cpu", 0}, [load, cores](const auto& ready) {
      spin_everywhere(load, cores);
      ready("keeps " + std::to_string(std::lround(load * 100)) + "% of " + std::to_string(cores) + " cores busy");
    });
  }
  void undo(const Effect& effect) const override { end_pressure(effect); }
  Sight check(const Effect& effect) const override {
    try {
      return see_pressure(effect, 1 + json::parse(effect.settings).at("cores").get<std::size_t>());
    } catch (const std::exception& error) {
      return {Presence::unknown, error.what()};
    }
  }
};

}  // namespace

const FaultKind& cpu_kind() {
  static const CpuKind kind;
  return kind;
}

}  // namespace muster
