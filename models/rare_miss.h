#pragma once
#include <cstdint>
#include <string>

#include "models/outcomes.h"

/// How rarely an objective is missed, where plain replications are too few to say.
namespace muster {

struct RareMiss {
  enum class What : std::uint8_t { rto, rpo, mtpd };
  std::string service;
  What what = What::rto;
  double target = 0;
  std::uint64_t plain_misses = 0, plain_replications = 0;  ///< what plain replications had to say
  bool found = false;          ///< without, no replication came to miss it, however it was led there
  double chance = 0;           ///< of a miss
  Interval ci;                 ///< 95%. Not found: this and the chance as the plain replications have them
  double relative_error = 0;   ///< standard error / chance
  std::uint64_t runs = 0;      ///< independent estimates, of which `chance` is the mean
  std::uint64_t replications = 0;  ///< spent on it, all told
  double replaced = 0;         ///< plain replications that would tell it with the same relative error
  double furthest = 0;         ///< not found: the longest recovery or largest loss met
  double seconds = 0;          ///< CPU time; part of no report
};

}  // namespace muster
