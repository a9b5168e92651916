#pragma once
#include <functional>
#include <string>
#include <vector>

#include "exercise/faults/fault.h"
#include "exercise/processes.h"

/// Pressure on a machine (cpu, memory, disk) by a process of its own, which lives as long as the effect and not longer.
///
/// The process is nobody's child for long: whoever brought it about may die. It is on record, by pid and start time, before it does
/// anything; its children die with it; it ends itself some seconds past the effect's end. It and its children are in a control group of
/// their own where root can give one, by which stragglers are found, and have a file in memory open that is called effect_name().
namespace muster {

/// What the process does. `ready` tells (once) that the pressure is there and how much of it, or why not; then it returns, and the
/// process waits for its end. Runs in a single-threaded child.
using Press = std::function<void(const std::function<void(const std::string& what)>& ready)>;

struct PressureSettings {
  int oom_score = 0;            ///< 1000: the first to go when memory runs out
  double ends_in = 0;           ///< seconds after which the process ends by itself; 0: a week
  std::string controller;       ///< of its control group: "cpu", "memory"; empty: it has none
  double most_memory = 0;       ///< bytes, a limit of the control group where the kernel can keep it; 0: none
};

/// Starts it and waits until it is ready. Throws std::runtime_error with its reason when it is not.
void begin_pressure(const Effect& effect, const PressureSettings& settings, const Press& press);
/// Ends it and all its children, and removes its group. Idempotent.
void end_pressure(const Effect& effect);
/// In effect: it has said so, and it and its children are `processes` at least. Fewer are inert.
Sight see_pressure(const Effect& effect, std::size_t processes = 1);
/// What a person types to end it.
std::vector<std::string> pressure_by_hand(const Effect& effect);

/// The name of the process, as `ps` and `pkill` know it; its children's too.
inline constexpr char pressure_process[] = "muster-pressure";

/// Seconds that an effect of this plan may last at most, with a margin for whoever should end it first; 0: unbounded.
double pressure_end(const FaultPlan& fault, const Surroundings& around);

/// "1.5 GB"
std::string shown_bytes(double bytes);

}  // namespace muster
