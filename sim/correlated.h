#pragma once
#include <cstdint>
#include <vector>

#include "sim/luck.h"
#include "sim/program.h"

namespace muster {

/// The uniforms of the first attempts of steps whose durations are correlated, in the order of Program::correlated_steps, into `out`;
/// `normals` is scratch. Both have that many elements.
void draw_correlated(const Program& program, const Luck& luck, std::vector<double>& normals, std::vector<Uniform01>& out);

}  // namespace muster
