#pragma once
#include <cstdint>

#include "models/run_progress.h"
#include "sim/replication.h"

namespace muster {

/// What somebody who watches a replication knows of it at an instant: what ended, what runs, who came, what was struck and repaired.
/// `r` is run until then.
RunProgress half_way(const Program& program, Replication& r, std::uint64_t seed, std::uint32_t replication, double now);

}  // namespace muster
