#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/draw.h"
#include "models/elementary.h"
#include "models/fit_result.h"

namespace muster {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const Stream sample_stream = stream("fit/sample");

}  // namespace

// Algorithm R of A. Waterman (Knuth, The Art of Computer Programming 2, 3.4.2): each is kept with the same probability.
void Measurements::add(double seconds, bool censored, std::int64_t ended) {
  if (!(std::isfinite(seconds) && seconds >= 0)) throw std::invalid_argument("a length is a number of seconds, not negative");
  ++rows_;
  censored_ += censored;
  if (ended != 0) {
    first_ = first_ == 0 ? ended : std::min(first_, ended);
    last_ = std::max(last_, ended);
  }
  if (seconds == 0) {
    ++zeros_;
    return;
  }
  const std::size_t before = rows_ - zeros_ - 1;
  if (before >= most) {
    const Draw luck = draw(seed_, static_cast<std::uint32_t>(before >> 20), sample_stream, static_cast<std::uint32_t>(before & 0xfffff));
    auto place = static_cast<std::size_t>(uniform(luck).value() * static_cast<double>(before + 1));
    if (place >= most) return;
    // The two lists are one: first what ended, then what was cut off.
    std::vector<double>& from = place < kept_.ended.size() ? kept_.ended : kept_.censored;
    if (place >= kept_.ended.size()) place -= kept_.ended.size();
    from[place] = from.back();
    from.pop_back();
  }
  (censored ? kept_.censored : kept_.ended).push_back(seconds);
}

MeasuredSummary summary_of(const Durations& d) {
  MeasuredSummary out{nan, nan, nan, nan, nan, nan, nan};
  if (d.size() == 0) return out;
  out.least = std::numeric_limits<double>::infinity();
  out.most = 0;
  for (const auto* list : {&d.ended, &d.censored})
    for (const double x : *list) {
      out.least = std::min(out.least, x);
      out.most = std::max(out.most, x);
    }
  if (!d.censored.empty()) {
    const double median = kaplan_meier(d).quantile(0.5);
    out.median = std::isfinite(median) ? median : nan;
    return out;
  }
  std::vector<double> sorted = d.ended;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size(), middle = n / 2;
  out.median = n % 2 ? sorted[middle] : sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
  const double size = static_cast<double>(n);
  double sum = 0, log_sum = 0, squares = 0, log_squares = 0;
  std::vector<double> logs;
  logs.reserve(n);
  for (const double x : sorted) {
    sum += x;
    log_sum += logs.emplace_back(log_exact(x));
  }
  out.mean = sum / size;
  out.mean_log = log_sum / size;
  for (std::size_t i = 0; i < n; ++i) {
    squares += (sorted[i] - out.mean) * (sorted[i] - out.mean);
    log_squares += (logs[i] - out.mean_log) * (logs[i] - out.mean_log);
  }
  out.sd = n > 1 ? std::sqrt(squares / (size - 1)) : nan;
  out.sd_log = std::sqrt(log_squares / size);
  return out;
}

}  // namespace muster
