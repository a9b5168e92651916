#pragma once
#include <cstdint>
#include <string>

namespace muster {

/// A scenario over all that Course takes on, as YAML with one outage `o`; a pure function of the seed. Durations are often from a
/// few round values, so that much happens at the same instant.
std::string random_plan(std::uint64_t seed);

}  // namespace muster
