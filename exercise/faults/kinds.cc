#include "exercise/faults/kinds.h"

namespace muster {

std::vector<const FaultKind*> fault_kinds() {
  return {&command_kind(), &partition_kind(), &process_kind(), &region_dark_kind()};
}

const FaultKind* fault_kind(const std::string& name) {
  for (const FaultKind* kind : fault_kinds())
    if (kind->name() == name) return kind;
  return nullptr;
}

}  // namespace muster
