#pragma once
#include <nlohmann/json_fwd.hpp>

#include "exercise/edge/diversion.h"
#include "exercise/edge/serving.h"
#include "exercise/faults/fault.h"

/// What kinds of fault have in common that are a process which serves, and a diversion that leads to it. A kind says what it serves.
///
/// At the undo the diversion leads nobody any more first, then the process ends, then the diversion's table goes. Whatever dies: the process ends by itself when its lease is over, and a
/// diversion that nobody keeps up is ended by the kernel.
namespace muster {

class ServingKind : public FaultKind {
 public:
  LastResort last_resort() const override { return LastResort::kernel; }
  std::vector<std::string> missing(const Target& target) const override { return missing_for_diversion(target); }
  void apply(const Effect& effect, double lease) const override;
  void renew(const Effect& effect, double lease) const override { renew_serving(effect, lease); }
  void undo(const Effect& effect) const override;
  Sight check(const Effect& effect) const override;

 protected:
  /// Of an effect, from its settings alone; called in the process that serves, and before it.
  virtual MakeServer server_of(const Effect& effect) const = 0;

  /// An effect with these settings; the diversion gets its table and the target's spared addresses, and the kernel examines it. One
  /// without ports leads nobody. Throws Refused.
  Effect effect_of(const FaultPlan& plan, const Target& target, const Surroundings& around, Diversion diversion, const nlohmann::json& settings) const;
  static nlohmann::json settings_of(const Effect& effect);  ///< those that effect_of was given
  static Diversion diversion_of(const Effect& effect);
  static std::uint64_t seed_of(const Effect& effect);       ///< the same for the same exercise and fault
  /// All but what it does to whom: that comes first.
  PlannedEffect described(const Effect& effect) const;
  static std::string share_of(double share);  ///< "25% of ", "" for all
};

}  // namespace muster
