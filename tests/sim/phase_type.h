#pragma once
#include <Eigen/Sparse>
#include <cstddef>
#include <vector>

#include "models/scenario.h"

/// The exact law of the end of a plan whose steps take exponential times, or none: the plan as an absorbing Markov chain
/// (Kulkarni and Adlakha, "Markov and Markov-regenerative PERT networks", Operations Research 34, 1986; with seats, retries and fallbacks in
/// the state). For tests; written from the format's text, with nothing of sim/.
namespace muster {

class PhaseType {
 public:
  /// Every step of the plan takes one exponential part, or nothing and then no seat. Seats of roles without response; on-failure
  /// continue or do; nothing else of the format. Throws std::invalid_argument on anything else.
  explicit PhaseType(const Scenario& scenario, const Plan& plan);
  double mean() const { return mean_; }
  double variance() const { return second_ - mean_ * mean_; }
  /// P(end <= t), by uniformisation (Jensen 1953), to 1e-10.
  double cdf(double t) const;
  std::size_t states() const { return static_cast<std::size_t>(generator_.rows()); }

 private:
  Eigen::SparseMatrix<double, Eigen::RowMajor> generator_;  ///< among transient states; the first is where it begins
  double mean_ = 0, second_ = 0, fastest_ = 0;
};

}  // namespace muster
