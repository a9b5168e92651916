#include "models/exercise.h"

#include <algorithm>

namespace muster {
namespace {

template <typename Items>
auto named(const Items& items, const std::string& name, std::string Items::value_type::*key) -> const typename Items::value_type* {
  const auto it = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.*key == name; });
  return it == items.end() ? nullptr : &*it;
}

struct KindOf {
  std::string operator()(const ProcessFault&) const { return "process"; }
  std::string operator()(const FreezeFault&) const { return "freeze"; }
  std::string operator()(const PartitionFault&) const { return "partition"; }
  std::string operator()(const RegionDarkFault&) const { return "region-dark"; }
  std::string operator()(const BandwidthFault&) const { return "bandwidth"; }
  std::string operator()(const DelayFault&) const { return "delay"; }
  std::string operator()(const CpuFault&) const { return "cpu"; }
  std::string operator()(const MemoryFault&) const { return "memory"; }
  std::string operator()(const DiskFault&) const { return "disk"; }
  std::string operator()(const CommandFault&) const { return "command"; }
  std::string operator()(const EndpointOutageFault&) const { return "endpoint-outage"; }
  std::string operator()(const DnsFault&) const { return "dns"; }
  std::string operator()(const ProxyFault&) const { return "proxy"; }
};

}  // namespace

std::string kind_of(const FaultSettings& settings) { return std::visit(KindOf(), settings); }

const Target* Exercise::target(const std::string& name) const { return named(targets, name, &Target::name); }
const Probe* Exercise::probe(const std::string& name) const { return named(probes, name, &Probe::name); }
const Binding* Exercise::binding(const std::string& step) const { return named(steps, step, &Binding::step); }

}  // namespace muster
