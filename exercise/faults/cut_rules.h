#pragma once
#include <string>
#include <vector>

#include "exercise/faults/cut.h"
#include "exercise/faults/devices.h"

/// A cut in the words of nftables.
namespace muster {

struct ElementSet {
  std::string name, type;
  std::vector<std::string> values;
  bool interval;
};
std::vector<ElementSet> sets_of(const Cut& cut);
/// "10.1.0.0/16 timeout 10000ms, …"; a lease is a millisecond at least and a day at most: none lasts for ever.
std::string elements(const ElementSet& set, double lease);
std::string keys(const ElementSet& set);  ///< the same without timeouts

/// The whole table, made anew.
std::string table_text(const Cut& cut, const std::vector<Device>& devices, double lease);
/// The chains of one device, for a table that is there; "" for one that needs none.
std::string chains_for(const Cut& cut, const Device& device);
/// By which a device is known to be covered.
std::string chain_of(const Device& device);

}  // namespace muster
