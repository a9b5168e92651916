#pragma once
#include <string>
#include <vector>

/// A namespace's network devices, as the kernel tells them.
namespace muster {

struct Device {
  int index = 0;
  std::string name;
  bool loopback = false;
  bool enslaved = false;  ///< part of a bridge, a bond or the like: its traffic passes that one too
};

/// Of a network namespace ("" is the caller's own). Throws std::runtime_error.
std::vector<Device> network_devices(const std::string& netns);

}  // namespace muster
