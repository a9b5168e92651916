#include "exercise/faults/kinds.h"

namespace muster {

std::vector<const FaultKind*> fault_kinds() {
  return {&bandwidth_kind(),       &command_kind(), &cpu_kind(),    &delay_kind(),     &disk_kind(),    &dns_kind(),         &endpoint_outage_kind(),
          &freeze_kind(),          &memory_kind(),  &partition_kind(), &process_kind(), &proxy_kind(),   &region_dark_kind()};
}

const FaultKind* fault_kind(const std::string& name) {
  for (const FaultKind* kind : fault_kinds())
    if (kind->name() == name) return kind;
  return nullptr;
}

}  // namespace muster
