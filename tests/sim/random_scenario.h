#pragma once
#include <cstdint>
#include <string>

namespace muster {

/// A scenario over all features of the format, as YAML with one outage `o`; a pure function of the seed. Durations are often
/// from a few round values, so that much happens at the same instant.
std::string random_scenario(std::uint64_t seed);

}  // namespace muster
