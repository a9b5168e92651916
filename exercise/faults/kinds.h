#pragma once
#include "exercise/faults/fault.h"

/// Every kind that is done; fault_kinds() writes the list out.
namespace muster {

const FaultKind& bandwidth_kind();
const FaultKind& command_kind();
const FaultKind& cpu_kind();
const FaultKind& delay_kind();
const FaultKind& disk_kind();
const FaultKind& dns_kind();
const FaultKind& endpoint_outage_kind();
const FaultKind& freeze_kind();
const FaultKind& memory_kind();
const FaultKind& partition_kind();
const FaultKind& process_kind();
const FaultKind& proxy_kind();
const FaultKind& region_dark_kind();

}  // namespace muster
