#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "models/story.h"
#include "sim/luck.h"
#include "sim/program.h"

/// Which copy of its data a struck service comes back from, and what is lost. A pure function; no heap unless
/// it is told.
namespace muster {

inline constexpr std::int32_t no_usable_copy = -2;

/// The age of the youngest usable copy of a service with a store that was struck `struck_at` seconds after
/// the onset; with corruption, what would be lost; never when no copy is usable. `region_struck`, by node, is
/// above 0 where a region is struck. `chosen` becomes the copy's index in its store, or no_usable_copy.
/// `told` receives what is to be said of each.
double copy_loss(const Program& p, const Luck& luck, std::int32_t service,
                 double struck_at, std::span<const std::int32_t> region_struck, std::int32_t& chosen,
                 std::vector<StoryCopy>* told);

}  // namespace muster
