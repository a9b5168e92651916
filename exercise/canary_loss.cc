#include <algorithm>

#include "exercise/canary.h"
#include "models/units.h"

namespace muster {
namespace {

constexpr std::size_t most_stretches = 1000;

void add_lost(std::vector<Stretch>& lost, std::uint64_t number) {
  if (!lost.empty() && lost.back().last + 1 == number)
    lost.back().last = number;
  else
    lost.push_back({number, number});
}

}  // namespace

CanaryRead measure_loss(const std::vector<CanaryWrite>& all, const std::set<std::uint64_t>& survivors, const Moment& t0, double period,
                        double t0_late) {
  std::vector<CanaryWrite> writes = all;
  std::sort(writes.begin(), writes.end(), [](const CanaryWrite& a, const CanaryWrite& b) { return a.number < b.number; });
  CanaryRead out;
  out.period = period;
  std::optional<Moment> newest_safe, first;
  double error = 0;
  bool unbroken = true;
  for (const auto& write : writes) {
    out.lateness_max = std::max(out.lateness_max, write.sent.since(writes.front().sent) -
                                                      static_cast<double>(write.number - writes.front().number) * period);
    if (!write.acknowledged) {
      ++out.in_doubt;
      continue;
    }
    const bool before = write.acknowledged->boot <= t0.boot;
    ++(before ? out.acknowledged : out.acknowledged_after_t0);
    if (!first) first = write.acknowledged;
    if (survivors.count(write.number) == 0) {
      ++(before ? out.lost : out.lost_after_t0);
      add_lost(out.lost_numbers, write.number);
      unbroken = false;
    } else if (unbroken) {
      newest_safe = write.acknowledged;
      error = write.error;
    }
  }
  if (out.lost_numbers.size() > most_stretches) out.lost_numbers.resize(most_stretches);
  if (out.acknowledged == 0)
    out.why_not = "no write was acknowledged before the first effect";
  else if (!newest_safe)
    out.why_not = "even the first acknowledged write is gone: more is lost than the " + human_duration(t0.since(*first)) + " observed";
  else
    out.rpa = std::max(0.0, t0.since(*newest_safe) + error + t0_late);
  if (out.rpa) out.period += 2 * error + t0_late;
  return out;
}

}  // namespace muster
