#pragma once
#include <nlohmann/json_fwd.hpp>

#include "models/exercise.h"

/// Settings of faults at the edge as JSON and back, for effects and for orders. What comes from elsewhere is checked: the way back throws
/// std::invalid_argument, or nlohmann's own exceptions.
namespace muster {

nlohmann::json to_json(const EndpointOutageFault& fault);
nlohmann::json to_json(const DnsFault& fault);
nlohmann::json to_json(const ProxyFault& fault);
EndpointOutageFault endpoint_outage_from_json(const nlohmann::json& json);
DnsFault dns_fault_from_json(const nlohmann::json& json);
ProxyFault proxy_fault_from_json(const nlohmann::json& json);

}  // namespace muster
