#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/lane_kernels.h"

/// The instruction sets for which the kernels of the lane engine are compiled, and which of them this machine
/// has. Pure and thread-safe.
namespace muster {

enum class Isa : std::uint8_t {
  sse2,
  avx2,
  avx512
};  ///< the lesser first; every x86-64 machine has the first

const std::vector<std::string>& isa_names();  ///< in the order of Isa
std::string isa_name(Isa isa);
bool present(Isa isa);  ///< on this machine, and in this build
Isa best_isa();
/// The kernels; asking for what is not present is a bug.
const LaneKernels& lane_kernels(Isa isa);

}  // namespace muster
