#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/outcomes.h"

/// What decides a recovery time, and what a change to the plan would do to it: values that the reports render.
namespace muster {

/// How much of the variance of a recovery time comes from one thing that varies (Sobol, 1993; Homma and Saltelli, 1996).
struct SobolIndex {
  enum class Kind { step, role, length, strikes, moment };
  Kind kind = Kind::step;
  std::string name;  ///< of the step (of several, drawn together: "a + b"), the role, or the outage
  double first = 0;  ///< share that would be gone if it were known
  double total = 0;  ///< share that would be left if all else were known: with all its interplay
  Interval first_ci, total_ci;
};

/// A small change and what it does to the quantile, on the same draws.
struct Lever {
  enum class Kind { seat, slot, faster_step, faster_response, faster_link };
  Kind kind = Kind::seat;
  std::string name;   ///< of the role, capacity or step: one more of it, or a tenth faster
  double change = 0;  ///< seconds; negative is sooner. NaN where a quantile is `never`
  Interval ci;
};

struct RecoverySensitivity {
  std::string service;    ///< empty: the last to recover
  double level = 0.95;    ///< the objective's confidence
  double quantile = 0;    ///< of the recovery time at `level`, over these replications
  bool varies = false;    ///< without, there are no indices
  std::vector<SobolIndex> factors;  ///< by descending total
  std::vector<Lever> levers;        ///< by what they change, the most helpful first
};

struct OutageSensitivity {
  std::uint64_t replications = 0;  ///< for each index and each change
  std::vector<RecoverySensitivity> recoveries;  ///< the last to recover, then each service with an RTO
};

}  // namespace muster
