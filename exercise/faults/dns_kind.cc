#include <cstdio>
#include <nlohmann/json.hpp>

#include "exercise/edge/connections.h"
#include "exercise/edge/fault_words.h"
#include "exercise/edge/kind_of_serving.h"
#include "exercise/edge/resolver.h"
#include "exercise/faults/kinds.h"
#include "exercise/faults/nftables.h"
#include "exercise/processes.h"
#include "models/wording.h"

/// Names that resolve wrongly: a resolver in the path, by UDP and TCP.
namespace muster {
namespace {

constexpr int kPort = 53;

std::string told(const DnsFault& f) {
  using Answer = DnsFault::Answer;
  switch (f.answer) {
    case Answer::servfail:
      return "servfail";
    case Answer::nxdomain:
      return "nxdomain";
    case Answer::hang:
      return "no answer";
    case Answer::address:
      return f.address;
    case Answer::stale:
      return "what was answered first, whatever is true by then";
    case Answer::truth:
      break;
  }
  return "the truth";
}

class DnsKind : public ServingKind {
 public:
  std::string name() const override { return "dns"; }

  std::vector<std::string> missing(const Target& target) const override {
    std::vector<std::string> all = ServingKind::missing(target);
    if (all.empty())
      if (const std::string why = missing_for_connections(target.netns); !why.empty()) all.push_back("target " + target.name + ": " + why);
    return all;
  }

  Effect prepare(const FaultPlan& plan, const Target& target, const Surroundings& around) const override {
    Diversion diversion;
    diversion.tcp = {kPort};
    diversion.udp = {kPort};
    return effect_of(plan, target, around, diversion, to_json(std::get<DnsFault>(plan.settings)));
  }

  PlannedEffect describe(const Effect& effect) const override {
    const DnsFault f = dns_fault_from_json(settings_of(effect));
    PlannedEffect planned = described(effect);
    char late[32] = "";
    if (f.slow > 0) std::snprintf(late, sizeof late, ", %.4g s late", f.slow);
    planned.does.insert(planned.does.begin(), share_of(f.share) + "questions for " + joined(f.names) + " get " + told(f) + late + "; all others pass as they are");
    return planned;
  }

  void undo(const Effect& effect) const override {
    ServingKind::undo(effect);
    if (network_named(effect.target.netns) != 0) in_network(effect.target.netns, [] { forget_datagrams(0, {kPort}); });
  }

 protected:
  MakeServer server_of(const Effect& effect) const override {
    ResolverSettings settings{dns_fault_from_json(settings_of(effect)), seed_of(effect), diversion_of(effect)};
    return [settings](boost::asio::io_context& io) { return make_resolver(io, settings); };
  }
};

}  // namespace

const FaultKind& dns_kind() {
  static const DnsKind kind;
  return kind;
}

}  // namespace muster
