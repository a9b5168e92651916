#include "exercise/edge/kind_of_serving.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "exercise/processes.h"

namespace muster {
namespace {

using nlohmann::json;

bool leads(const Diversion& d) { return !d.tcp.empty() || !d.udp.empty() || !d.endpoints4.empty() || !d.endpoints6.empty(); }

std::string ports_of(const Diversion& d) {
  std::string out;
  const auto add = [&](const std::string& one) { out += (out.empty() ? "" : ", ") + one; };
  for (const int port : d.tcp) add("tcp " + std::to_string(port));
  for (const int port : d.udp) add("udp " + std::to_string(port));
  for (const auto& ends : {d.endpoints4, d.endpoints6})
    for (const auto& [host, port] : ends) add(host + " port " + std::to_string(port));
  return out;
}

}  // namespace

Effect ServingKind::effect_of(const FaultPlan& plan, const Target& target, const Surroundings& around, Diversion diversion, const json& settings) const {
  Effect effect{around.exercise, plan.name, 0, name(), target, "", around.folder};
  diversion.table = effect_name(effect);
  diversion.spared = resolve_spared(target, around);
  if (leads(diversion)) rehearse_diversion(diversion, target.netns);
  effect.settings = json{{"fault", settings}, {"diversion", to_text(diversion)}}.dump();
  return effect;
}

json ServingKind::settings_of(const Effect& effect) { return json::parse(effect.settings).at("fault"); }

Diversion ServingKind::diversion_of(const Effect& effect) {
  Diversion d = diversion_from_text(json::parse(effect.settings).at("diversion").get<std::string>());
  d.number = effect.number;  // known only when all are prepared
  return d;
}

std::uint64_t ServingKind::seed_of(const Effect& effect) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : effect_name(effect)) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

PlannedEffect ServingKind::described(const Effect& effect) const {
  const Diversion d = diversion_of(effect);
  PlannedEffect plan;
  plan.fault = effect.fault;
  plan.target = effect.target.name;
  if (leads(d)) {
    const std::string where = effect.target.netns.empty() ? "this machine" : "network namespace " + effect.target.netns;
    plan.does.push_back("leads new connections out of " + where + " (" + ports_of(d) + ") through a process of its own, by table inet " + d.table);
    for (const Spared& one : d.spared) plan.does.push_back("spares management address " + one.network + (one.port.empty() ? "" : " port " + one.port));
    plan.undone_by.push_back("emptying table " + d.table + ", ending the process, then deleting the table; should nobody be left to do it, the kernel ends the one and the other's lease runs out");
    plan.by_hand.push_back((effect.target.netns.empty() ? "" : "ip netns exec " + effect.target.netns + " ") + "nft delete table inet " + d.table);
  } else {
    plan.undone_by.push_back("ending the process; should nobody be left to do it, its lease runs out");
  }
  for (const std::string& line : serving_by_hand(effect)) plan.by_hand.push_back(line);
  return plan;
}

void ServingKind::apply(const Effect& effect, double lease) const { begin_serving(effect, lease, server_of(effect)); }

// The process may be about to make its table; once it is gone nobody does.
void ServingKind::undo(const Effect& effect) const {
  const Diversion d = diversion_of(effect);
  if (leads(d)) empty_diversion(d, effect.target.netns);
  end_serving(effect);
  if (leads(d)) remove_diversion(d, effect.target.netns);
}

Sight ServingKind::check(const Effect& effect) const {
  try {
    const Diversion d = diversion_of(effect);
    const Sight serving = see_serving(effect), led = leads(d) ? see_diversion(d, effect.target.netns) : Sight{serving.presence, "nobody is led to it"};
    const std::string met = met_by(effect), both = serving.what + "; " + led.what + (met.empty() ? "" : "; " + met);
    if (serving.presence == Presence::unknown || led.presence == Presence::unknown) return {Presence::unknown, both};
    if (serving.presence == Presence::gone && led.presence == Presence::gone) return {Presence::gone, both};
    const bool whole = serving.presence == Presence::in_effect && led.presence == Presence::in_effect;
    return {whole ? Presence::in_effect : Presence::inert, both};
  } catch (const std::exception& error) {
    return {Presence::unknown, error.what()};
  }
}

std::string ServingKind::share_of(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g%% of ", share * 100);
  return share < 1 ? text : "";
}

}  // namespace muster
