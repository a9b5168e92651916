#include "models/cost.h"

#include <algorithm>

namespace muster {

double downtime_cost(const Cost& cost, double seconds) {
  double sum = 0;
  for (std::size_t i = 0; i < cost.downtime.size(); ++i) {
    const CostBand& band = cost.downtime[i];
    if (seconds <= band.from || band.per_hour == 0) continue;
    const double to = i + 1 < cost.downtime.size() ? std::min(seconds, cost.downtime[i + 1].from) : seconds;
    sum += (to - band.from) / 3600 * band.per_hour;
  }
  return sum;
}

double data_loss_cost(const Cost& cost, double seconds) {
  const double per_hour = cost.data_loss_per_hour.value_or(0);
  return per_hour == 0 || seconds == 0 ? 0 : seconds / 3600 * per_hour;
}

}  // namespace muster
