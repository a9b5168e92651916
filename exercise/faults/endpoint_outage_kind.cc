#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "exercise/edge/egress.h"
#include "exercise/edge/fault_words.h"
#include "exercise/edge/kind_of_serving.h"
#include "exercise/faults/kinds.h"
#include "exercise/refused.h"
#include "models/wording.h"

/// Endpoints of others that fail: a proxy in the path, by name, without decrypting.
namespace muster {
namespace {

const char* const hows[] = {"refuse", "reset", "hang", "http-503", "slow"};
const char* const shapes[] = {"unavailable", "throttling", "internal-error"};

std::string some_of(std::vector<std::string> all) {
  constexpr std::size_t most = 4;
  if (all.size() <= most) return joined(all);
  const std::size_t more = all.size() - most;
  all.resize(most);
  return joined(all) + " and " + std::to_string(more) + " more";
}

class EndpointOutageKind : public ServingKind {
 public:
  std::string name() const override { return "endpoint-outage"; }

  Effect prepare(const FaultPlan& plan, const Target& target, const Surroundings& around) const override {
    const auto& fault = std::get<EndpointOutageFault>(plan.settings);
    Diversion diversion;
    diversion.tcp = fault.ports;
    diversion.cut_existing = fault.cut_existing;
    if (fault.refuse_quic && std::find(fault.ports.begin(), fault.ports.end(), 443) != fault.ports.end()) diversion.refused_udp = {443};
    return effect_of(plan, target, around, diversion, to_json(fault));
  }

  PlannedEffect describe(const Effect& effect) const override {
    const EndpointOutageFault f = endpoint_outage_from_json(settings_of(effect));
    PlannedEffect planned = described(effect);
    const auto& named = f.named;
    std::string whom = named.empty() ? some_of(f.hosts) : some_of(named) + " (" + some_of(f.hosts) + ")";
    std::string how = std::string(hows[static_cast<int>(f.how)]);
    if (f.how == EndpointOutageFault::How::http_503) how += std::string(" (") + shapes[static_cast<int>(f.shape)] + ")";
    char late[48] = "";
    if (f.slow > 0) std::snprintf(late, sizeof late, f.how == EndpointOutageFault::How::slow ? ", answers come %.4g s later" : ", after %.4g s", f.slow);
    planned.does.insert(planned.does.begin(), share_of(f.share) + "connections to " + whom + ": " + how + late);
    if (!f.ports.empty() && f.cut_existing) planned.does.push_back("resets connections to these ports from before, whomever they lead to: whose they are is not seen any more");
    if (!f.ports.empty()) planned.does.push_back(std::string("what names no host ") + (f.fail_unnamed ? "fails" : "passes") + ", what may hide its host " + (f.fail_encrypted ? "fails" : "passes"));
    if (!f.listen.empty()) planned.does.push_back("is a proxy at " + f.listen);
    return planned;
  }

 protected:
  MakeServer server_of(const Effect& effect) const override {
    EgressSettings settings{endpoint_outage_from_json(settings_of(effect)), seed_of(effect), diversion_of(effect)};
    return [settings](boost::asio::io_context& io) { return make_egress(io, settings); };
  }
};

}  // namespace

const FaultKind& endpoint_outage_kind() {
  static const EndpointOutageKind kind;
  return kind;
}

}  // namespace muster
