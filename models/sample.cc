#include "models/sample.h"

#include <algorithm>

namespace muster {

void Sample::add(double value) {
  moments_.add(value);
  sorted_ = false;
  if (value == 0) {
    ++zeros_;
    return;
  }
  if (!sketched_ && values_.size() == exact_limit) {
    sketched_ = true;
    for (double v : values_) sketch_.add(v);
    values_ = {};
  }
  if (sketched_)
    sketch_.add(value);
  else
    values_.push_back(value);
}

Stats Sample::stats() {
  return summarize(moments_, [this](std::uint64_t rank) { return of_rank(rank); });
}

double Sample::of_rank(std::uint64_t rank) {
  if (rank <= zeros_) return 0;
  if (sketched_) return sketch_.quantile(rank - zeros_);
  if (!sorted_) std::sort(values_.begin(), values_.end());
  sorted_ = true;
  return values_[rank - zeros_ - 1];
}

}  // namespace muster
