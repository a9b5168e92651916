#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/progress.h"
#include "models/rare_miss.h"
#include "sim/population.h"
#include "sim/tally.h"

/// The chance of what hardly ever happens, by loaded dice and splitting.
///
/// An estimate begins with replications whose dice are loaded (sim/loading.h). Those that come further than a level take the place of the
/// others, and each then changes some of its draws in such a way that their law stays what it is; so level by level up to the target. Then
/// the dice are made true again, degree by degree, and replications count by how much less likely they have become. The product of what was left
/// at each stage is an unbiased estimate (Del Moral, Doucet and Jasra, "Sequential Monte Carlo samplers", J. R. Statist. Soc. B 68,
/// 2006; Cerou, Del Moral, Furon and Guyader, "Sequential Monte Carlo for rare event estimation", Stat. Comput. 22, 2012), for any levels, degrees and
/// loads that are fixed beforehand: pilots choose them. The mean of independent estimates has a standard error and an interval.
namespace muster {

struct RareOptions {
  double error = 0.1;            ///< relative standard error to reach
  std::uint64_t seed = 1;
  int threads = 0;               ///< 0: all cores. The result does not depend on it
  std::uint64_t most_replications = 100'000'000;  ///< of one chance; then it is as well known as it is
  std::uint32_t size = 500;      ///< of a population
};

/// What pilots found out: by which levels and degrees to go, with which loads, and which share of a hand to change at each stage.
struct Route {
  Loadings loadings;
  std::vector<double> levels, degrees;  ///< the last level is the target, the last degree 0
  std::vector<double> shares;           ///< by stage: levels, then all degrees but the last
  bool arrives = false;
  double furthest = 0;
  std::uint64_t replications = 0;
};
Route find_route(const Program& program, const RareTarget& target, const RareOptions& options);

/// One estimate, along a route that arrives; they are independent for different numbers. Adds the replications it took.
double rare_estimate(const Program& program, const RareTarget& target, const RareOptions& options, const Route& route, std::uint32_t number,
                     std::uint64_t& replications);

/// Of the objectives of an outage, those whose misses plain replications, of which `plain` tells, do not count within the error that is asked
/// for, in the services' order. Fewer where it was interrupted.
std::vector<RareMiss> rare_misses(const Program& program, const Columns& columns, const OutageResult& plain, const RareOptions& options,
                                  const ProgressSink& progress = {}, const std::atomic<bool>* interrupted = nullptr, const Progress& where = {});

/// Fills in the chance and what belongs to it; nothing where it was interrupted.
std::optional<RareMiss> rare_chance(const Program& program, const RareTarget& target, const RareOptions& options, const ProgressSink& progress = {},
                                    const std::atomic<bool>* interrupted = nullptr, Progress where = {});

}  // namespace muster
