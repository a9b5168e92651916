#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/command.h"
#include "exercise/faults/devices.h"
#include "exercise/faults/kinds.h"
#include "exercise/faults/qdiscs.h"
#include "exercise/faults/words.h"
#include "exercise/processes.h"
#include "exercise/refused.h"

/// A device's queue replaced by one that shapes what it sends: a token bucket (bandwidth), or one that delays (delay).
namespace muster {
namespace {

using nlohmann::json;

bool has_device(const std::string& netns, const std::string& name) {
  const auto all = network_devices(netns);
  return std::any_of(all.begin(), all.end(), [&](const Device& device) { return device.name == name; });
}

const json* root_of(const json& queues) {
  for (const json& one : queues)
    if (one.value("root", false)) return &one;
  return nullptr;
}

// Whom the kernel gave by itself has no handle; whatever a person or a program adds gets one.
bool by_default(const json& queues) {
  const json* root = root_of(queues);
  return !root || root->value("handle", "") == "0:";
}

bool is_of(const Effect& effect, const json& queues) {
  const json* root = root_of(queues);
  return root && root->value("handle", "") == qdisc_handle(effect);
}

class QueueKind : public FaultKind {
 public:
  LastResort last_resort() const override { return LastResort::fuse; }

  void apply(const Effect& effect, double) const override {
    const json s = json::parse(effect.settings);
    Argv arguments{"qdisc", "add", "dev", s.at("device"), "root", "handle", qdisc_handle(effect)};
    for (const auto& word : s.at("queue")) arguments.push_back(word);
    if (const std::string trouble = QdiscTurn(effect).tc(arguments); !trouble.empty()) throw std::runtime_error(trouble);
  }

  void undo(const Effect& effect) const override {
    const json s = json::parse(effect.settings);
    const std::string& netns = effect.target.netns;
    if (network_named(netns) == 0 || !has_device(netns, s.at("device"))) return;  // its queue is gone with it
    const QdiscTurn turn(effect);
    if (!is_of(effect, json::parse(all_qdiscs(netns, s.at("device"))))) return;
    // By its handle: the kernel refuses if it is another's by now.
    const std::string trouble = turn.tc({"qdisc", "del", "dev", s.at("device"), "root", "handle", qdisc_handle(effect)});
    if (!trouble.empty()) throw std::runtime_error(trouble);
  }

  Sight check(const Effect& effect) const override {
    try {
      const json s = json::parse(effect.settings);
      const std::string device = s.at("device");
      if (network_named(effect.target.netns) == 0 || !has_device(effect.target.netns, device)) return {Presence::gone, "device " + device + " is gone"};
      const json now = json::parse(all_qdiscs(effect.target.netns, device));
      if (is_of(effect, now)) return {Presence::in_effect, "the root of " + device + " is " + root_of(now)->value("kind", "") + " " + qdisc_handle(effect)};
      if (now == s.at("before")) return {Presence::gone, "tc shows for " + device + " what it showed before"};
      return {Presence::unknown, "the root of " + device + " is neither ours nor what it was: " + now.dump()};
    } catch (const std::exception& error) {
      return {Presence::unknown, error.what()};
    }
  }

 protected:
  PlannedEffect described(const Effect& effect, const std::string& does) const {
    const json s = json::parse(effect.settings);
    const std::string device = s.at("device");
    Argv by_hand{"tc"};
    if (!effect.target.netns.empty()) by_hand.insert(by_hand.end(), {"-n", effect.target.netns});
    by_hand.insert(by_hand.end(), {"qdisc", "del", "dev", device, "root", "handle", qdisc_handle(effect)});
    PlannedEffect plan;
    plan.fault = effect.fault;
    plan.target = effect.target.name;
    plan.does = {does + ", by qdisc " + qdisc_handle(effect) + " " + s.at("queue").at(0).get<std::string>() + " at its root"};
    plan.undone_by = {"deleting that qdisc, after which the kernel puts its default back; tc must show then what it shows now"};
    plan.by_hand = {as_typed(by_hand)};
    return plan;
  }

  Effect effect_of(const FaultPlan& fault, const Target& target, const Surroundings& around, const std::string& device, const Argv& queue) const {
    if (!has_device(target.netns, device)) throw Refused({"target " + target.name + " has no network device '" + device + "'"});
    const json before = json::parse(all_qdiscs(target.netns, device));
    if (!by_default(before))
      throw Refused({"the root qdisc of " + device + " is " + root_of(before)->value("kind", "") + " " + root_of(before)->value("handle", "") +
                     ", not the kernel's default; it could not be put back exactly"});
    const json settings{{"device", device}, {"queue", queue}, {"before", before}};
    return {around.exercise, fault.name, 0, name(), target, settings.dump(), around.folder};
  }
};

std::string shown_rate(double bytes) {
  char text[64];
  const double bits = bytes * 8;
  std::snprintf(text, sizeof text, bits >= 1e9 ? "%.4g Gbit/s" : bits >= 1e6 ? "%.4g Mbit/s" : "%.4g kbit/s",
                bits / (bits >= 1e9 ? 1e9 : bits >= 1e6 ? 1e6 : 1e3));
  return text;
}

class BandwidthKind : public QueueKind {
 public:
  std::string name() const override { return "bandwidth"; }
  std::vector<std::string> missing(const Target& target) const override { return missing_for_qdiscs(target); }

  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const auto& wanted = std::get<BandwidthFault>(fault.settings);
    const double bits = wanted.rate * 8;
    if (!(bits >= 8 && bits < 4e12)) throw Refused({"a rate of " + shown_rate(wanted.rate) + " cannot be shaped"});
    // A bucket for 10 ms, and for one packet at least; a queue for 200 ms, as routers have.
    const auto burst = static_cast<long>(std::max(wanted.rate * 0.01, 5000.0));
    return effect_of(fault, target, around, wanted.dev,
                     {"tbf", "rate", std::to_string(std::llround(bits)) + "bit", "burst", std::to_string(burst), "latency", "200ms"});
  }

  PlannedEffect describe(const Effect& effect) const override {
    const json s = json::parse(effect.settings);
    const std::string rate = s.at("queue").at(2);
    return described(effect, "lets device " + s.at("device").get<std::string>() + " of " + effect.target.name + " send no more than " +
                                 shown_rate(std::stod(rate) / 8));
  }
};

class DelayKind : public QueueKind {
 public:
  std::string name() const override { return "delay"; }

  // Tried where it hurts nobody: whether a kernel has netem cannot be read anywhere.
  std::vector<std::string> missing(const Target& target) const override {
    std::vector<std::string> missing = missing_for_qdiscs(target);
    if (!missing.empty()) return missing;
    CommandSettings trial;
    trial.argv = {"unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"};
    trial.timeout = 10;
    const CommandResult result = run_command(trial);
    if (result.succeeded()) return {};
    return {"target " + target.name + ": this kernel cannot delay packets: it has no netem (sch_netem; tried in a network of its own: tc " +
            result.text() + ")"};
  }

  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const auto& wanted = std::get<DelayFault>(fault.settings);
    const auto time = [](double seconds) { return std::to_string(std::llround(seconds * 1e6)) + "us"; };
    Argv queue{"netem", "delay", time(wanted.delay)};
    if (wanted.jitter > 0) queue.push_back(time(wanted.jitter));
    queue.insert(queue.end(), {"limit", "100000"});
    return effect_of(fault, target, around, wanted.dev, queue);
  }

  PlannedEffect describe(const Effect& effect) const override {
    const json s = json::parse(effect.settings);
    const json& queue = s.at("queue");
    const std::string jitter = queue.at(3) == "limit" ? "" : " ± " + queue.at(3).get<std::string>();
    return described(effect, "delays what device " + s.at("device").get<std::string>() + " of " + effect.target.name + " sends by " +
                                 queue.at(2).get<std::string>() + jitter);
  }
};

}  // namespace

const FaultKind& bandwidth_kind() {
  static const BandwidthKind kind;
  return kind;
}

const FaultKind& delay_kind() {
  static const DelayKind kind;
  return kind;
}

}  // namespace muster
