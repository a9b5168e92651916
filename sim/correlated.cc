#include "sim/correlated.h"

#include <algorithm>

#include "models/elementary.h"

namespace muster {

void draw_correlated(const Program& p, const Luck& luck, std::vector<double>& normals, std::vector<Uniform01>& out) {
  const std::size_t n = p.correlated_steps.size();
  for (std::size_t i = 0; i < n; ++i) {
    const auto& s = p.steps[static_cast<std::size_t>(p.correlated_steps[i])];
    const Uniform01 u = luck.value(s.stream, 0, s.correlated_part);
    normals[i] = u.upper ? -normal_quantile(u.tail) : normal_quantile(u.tail);
  }
  for (std::size_t i = 0; i < n; ++i) {
    double z = 0;
    for (std::size_t k = 0; k <= i; ++k) z += p.correlation_factor[i * n + k] * normals[k];
    const double tail = normal_cdf(z < 0 ? z : -z);
    out[i] = {std::clamp(tail, 0x1p-54, 0.5 - 0x1p-54), z >= 0};
  }
}

}  // namespace muster
