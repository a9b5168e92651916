#pragma once
#include <functional>
#include <string>
#include <vector>

#include "exercise/faults/fault.h"
#include "exercise/processes.h"

/// Pressure on a machine (cpu, memory, disk) by a process of its own, which lives as long as the effect and not longer.
///
/// The process is nobody's child for long: whoever brought it about may die. It is on record, by pid and start time, before it does
/// anything; its children die with it; it ends itself some seconds past the effect's end. All that it is in is its control group,
/// by which stragglers are found.
namespace muster {

/// What the process does. `ready` tells (once) that the pressure is there and how much of it, or why not; then it returns, and the
/// process waits for its end. Runs in a single-threaded child.
using Press = std::function<void(const std::function<void(const std::string& what)>& ready)>;

struct PressureSettings {
  int oom_score = 0;            ///< 1000: the first to go when memory runs out
  double ends_in = 0;           ///< seconds after which the process ends by itself; 0: a week
  std::string controller;       ///< of the control group that is made for it where that can be; empty: none
  std::vector<std::pair<std::string, std::string>> limits;  ///< files of version 1's group and what is written there
};

/// Starts it and waits until it is ready. Throws std::runtime_error with its reason when it is not.
void begin_pressure(const Effect& effect, const PressureSettings& settings, const Press& press);
/// Ends it and all its children, and removes its group. Idempotent.
void end_pressure(const Effect& effect);
Sight see_pressure(const Effect& effect);

/// Seconds that an effect of this plan may last at most, with a margin for whoever should end it first; 0: unbounded.
double pressure_end(const FaultPlan& fault, const Surroundings& around);

/// "1.5 GB"
std::string shown_bytes(double bytes);

}  // namespace muster
