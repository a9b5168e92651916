#include <sys/socket.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "exercise/edge/connections.h"
#include "exercise/edge/fault_words.h"
#include "exercise/edge/kind_of_serving.h"
#include "exercise/edge/listening.h"
#include "exercise/edge/path.h"
#include "exercise/faults/kinds.h"
#include "exercise/faults/networks.h"
#include "exercise/faults/nftables.h"
#include "exercise/refused.h"
#include "models/exercise_shape.h"
#include "models/wording.h"

/// Connections to somebody that are slow, narrow, cut in pieces, reset or silent: a proxy in the path.
namespace muster {
namespace {

using nlohmann::json;
using Ends = std::vector<std::pair<std::string, int>>;

/// Whether an address is the network's own: what goes there goes over loopback.
bool is_own(const std::string& address, const std::string& netns) {
  const auto at = endpoint(address, 0);
  bool own = false;
  in_network(netns, [&] {
    const Descriptor any(::socket(at->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    own = ::bind(any.get(), reinterpret_cast<const sockaddr*>(&at->bytes), at->size()) == 0;
  });
  return own;
}

bool covers(const Spared& spared, const std::string& address, int port) {
  const bool here = spared.network.empty() || (family_of(spared.network) == family_of(address) && disjoint({spared.network, address}) == disjoint({spared.network}));
  return here && (spared.port.empty() || spared.port == std::to_string(port));
}

/// Where a fault's connections go, as the target's network knows it, and what is against leading them.
struct Ways {
  const ProxyFault& fault;
  const Target& target;
  std::vector<Spared> spared;
  Ends all{}, led4{}, led6{};
  std::vector<std::string> reasons{};

  void add(const std::string& upstream) {
    const auto [host, port] = parse_host_and_port(upstream);
    const std::vector<std::string> found = muster::addresses_of(host, target.netns);
    if (found.empty()) reasons.push_back("upstream " + upstream + ": no address is known for it in the network of " + target.name);
    for (const std::string& address : found) add(upstream, address, port);
  }

  void add(const std::string& upstream, const std::string& address, int port) {
    if (std::find(all.begin(), all.end(), std::pair(address, port)) != all.end()) return;
    all.emplace_back(address, port);
    if (is_own(address, target.netns)) {
      if (fault.listen.empty()) reasons.push_back("upstream " + upstream + ": " + address + " is the target's own, and what goes over loopback is led nowhere; give the fault a place to `listen` at");
      return;
    }
    if (std::any_of(spared.begin(), spared.end(), [&, port = port](const Spared& each) { return covers(each, address, port); }))
      return reasons.push_back("upstream " + upstream + ": it is a management address of the target, which no fault of the network touches");
    (family_of(address) == 4 ? led4 : led6).emplace_back(address, port);
  }

  void expect_free_place() {
    if (fault.listen.empty()) return;
    try {
      in_network(target.netns, [&] { listen_at(fault.listen); });
    } catch (const std::runtime_error& error) {
      reasons.push_back(std::string("listen: ") + error.what());
    }
  }
};

class ProxyKind : public ServingKind {
 public:
  std::string name() const override { return "proxy"; }

  Effect prepare(const FaultPlan& plan, const Target& target, const Surroundings& around) const override {
    const auto& fault = std::get<ProxyFault>(plan.settings);
    Ways ways{fault, target, resolve_spared(target, around)};
    for (const std::string& each : fault.upstream) ways.add(each);
    ways.expect_free_place();
    if (!ways.reasons.empty()) throw Refused(ways.reasons);
    Diversion diversion;
    diversion.endpoints4 = ways.led4;
    diversion.endpoints6 = ways.led6;
    diversion.cut_existing = fault.cut_existing;
    return effect_of(plan, target, around, diversion, {{"proxy", to_json(fault)}, {"ends", ways.all}});
  }

  PlannedEffect describe(const Effect& effect) const override {
    const ProxyFault f = fault_of(effect);
    const Diversion d = diversion_of(effect);
    const bool leads = !d.endpoints4.empty() || !d.endpoints6.empty();
    PlannedEffect planned = described(effect);
    std::vector<std::string> first;
    for (const PathToxic& each : f.toxics) first.push_back(share_of(each.share) + "connections to " + joined(f.upstream) + ": " + told(each));
    planned.does.insert(planned.does.begin(), first.begin(), first.end());
    if (leads && f.cut_existing) planned.does.push_back("resets connections to these from before");
    if (!f.listen.empty()) planned.does.push_back("is a proxy at " + f.listen);
    return planned;
  }

 protected:
  MakeServer server_of(const Effect& effect) const override {
    const PathSettings settings{fault_of(effect), settings_of(effect).at("ends").get<Ends>(), seed_of(effect), diversion_of(effect)};
    return [settings](boost::asio::io_context&) { return make_path(settings); };
  }

 private:
  static ProxyFault fault_of(const Effect& effect) { return proxy_fault_from_json(settings_of(effect).at("proxy")); }
};

}  // namespace

const FaultKind& proxy_kind() {
  static const ProxyKind kind;
  return kind;
}

}  // namespace muster
