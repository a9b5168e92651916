#pragma once
#include <cstdint>
#include <vector>

#include "models/sketch.h"
#include "models/statistics.h"

/// A sample that is gathered value by value: exact while it is small, then a sketch (models/sketch.h).
///
/// What it says depends on the values and their order alone. Values are >= 0 and may be `never`. Not thread-safe.
namespace muster {

class Sample {
 public:
  static constexpr std::uint64_t exact_limit = 1'000'000;  ///< of values that are not 0: zeros are counted, not kept

  void add(double value);
  std::uint64_t count() const { return moments_.count; }
  bool sketched() const { return sketched_; }
  const Moments& moments() const { return moments_; }
  // Both sort what is exact on the first call after an add().
  Stats stats();
  double of_rank(std::uint64_t rank);  ///< the value of that rank, 1 to count()

 private:
  bool sketched_ = false, sorted_ = false;
  std::uint64_t zeros_ = 0;
  Moments moments_;
  std::vector<double> values_;
  Sketch sketch_;
};

}  // namespace muster
