#include <cstdio>

#include "exercise/faults/cut.h"
#include "exercise/faults/kinds.h"
#include "exercise/refused.h"

/// Targets cut off from peers by the packet filter: partition names the peers, region-dark means all that is not of the region.
namespace muster {
namespace {

std::string shown_share(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g%%", share * 100);
  return text;
}

class CutKind : public FaultKind {
 public:
  LastResort last_resort() const override { return LastResort::kernel; }
  std::vector<std::string> missing(const Target& target) const override { return missing_for_cut(target); }

  PlannedEffect describe(const Effect& effect) const override {
    const Cut cut = cut_from_text(effect.settings);
    PlannedEffect plan;
    plan.fault = effect.fault;
    plan.target = effect.target.name;
    const std::string where = cut.netns.empty() ? "this machine" : "network namespace " + cut.netns;
    std::string share;
    if (cut.share < 1) share = shown_share(cut.share) + " of ";
    plan.does = {(cut.how == PartitionFault::How::drop ? "silently drops " : "rejects ") + share +
                 (cut.inbound ? "what goes between " : "what goes out from ") + where + (cut.inbound ? " and " : " to ") + told(cut) +
                 ", by table " + family_of(cut) + " " + cut.table};
    for (const Spared& one : cut.spared)
      plan.does.push_back("spares management address " + one.network + (one.port.empty() ? "" : " port " + one.port));
    plan.undone_by = {"deleting table " + cut.table + "; should nobody be left to do it, the kernel ends the cut when its lease runs out"};
    plan.by_hand = {(cut.netns.empty() ? "" : "ip netns exec " + cut.netns + " ") + "nft delete table " + family_of(cut) + " " + cut.table};
    return plan;
  }

  void apply(const Effect& effect, double lease) const override { make_cut(cut_from_text(effect.settings), lease); }
  void renew(const Effect& effect, double lease) const override { renew_cut(cut_from_text(effect.settings), lease); }
  void undo(const Effect& effect) const override { heal_cut(cut_from_text(effect.settings)); }
  Sight check(const Effect& effect) const override {
    try {
      return see_cut(cut_from_text(effect.settings));
    } catch (const std::exception& error) {
      return {Presence::unknown, error.what()};
    }
  }

 protected:
  Effect effect_of(const FaultPlan& fault, const PartitionFault& settings, const Target& target, const Surroundings& around) const {
    Effect effect{around.exercise, fault.name, 0, name(), target, "", around.folder};
    Cut cut = resolve_cut(settings, target, around);
    cut.table = effect_name(effect);
    rehearse_cut(cut);
    effect.settings = to_text(cut);
    return effect;
  }
};

class PartitionKind : public CutKind {
 public:
  std::string name() const override { return "partition"; }
  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    return effect_of(fault, std::get<PartitionFault>(fault.settings), target, around);
  }
};

class RegionDarkKind : public CutKind {
 public:
  std::string name() const override { return "region-dark"; }
  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const auto& dark = std::get<RegionDarkFault>(fault.settings);
    PartitionFault settings;
    if (dark.from_all) settings.peers = {"*"};
    for (const Target& other : around.plan->targets)
      if (!dark.from_all && other.region != dark.region && !other.addresses.empty()) settings.peers.push_back(other.name);
    if (settings.peers.empty()) throw Refused({"no target outside region " + dark.region + " has addresses to be cut off from"});
    return effect_of(fault, settings, target, around);
  }
};

}  // namespace

const FaultKind& partition_kind() {
  static const PartitionKind kind;
  return kind;
}

const FaultKind& region_dark_kind() {
  static const RegionDarkKind kind;
  return kind;
}

}  // namespace muster
