#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/outcomes.h"

/// What the years ahead may bring: values that the reports render.
///
/// A replication is the whole horizon. Downtime, data loss, costs and counts are over the horizon; a chance "in a year" and the
/// exceedance curve are of one year of it. Times are seconds, money in the scenario's currency; "never" is infinity.
namespace muster {

struct ServiceForecast {
  std::string name;
  bool affected = false;  ///< down in at least one replication
  Stats downtime;
  double availability = 1;  ///< mean share of the horizon in which it is up
  Interval availability_ci;
  Stats outages;    ///< how often it goes down
  Stats data_loss;  ///< added up
  Stats cost;       ///< of downtime and data loss
  /// The chance that within a year at least one outage begins that misses the target; absent without a target.
  std::optional<Share> missed_rto, missed_rpo, missed_mtpd;
};

struct OutageForecast {
  std::string name;
  Stats count;
  Stats rto, rpo;  ///< over all occurrences: of the last service to recover, of the service that loses most
};

struct RoleForecast {
  std::string name;
  int seats = 1;
  std::uint64_t requests = 0;
  Stats wait;               ///< from a step's request to its grant
  double wait_probability = 0;
  double busy = 0;          ///< share of all seats' time
};

struct ExceedancePoint {
  double cost;
  double probability;  ///< that a year costs more
};

struct ForecastResult {
  std::string program;
  std::string title, file, sha256;
  std::uint64_t seed = 0;
  int years = 1;
  std::uint64_t replications = 0;
  bool partial = false;   ///< interrupted
  bool sketched = false;  ///< some quantiles from the sketch (relative error at most 1e-4)
  std::optional<double> precision;
  bool precision_reached = true;
  double seconds = 0;     ///< wall time; never in JSON
  std::vector<std::string> left_out;  ///< outages that do not say how often they happen
  bool has_costs = false;
  std::vector<ServiceForecast> services;
  std::vector<OutageForecast> outages;
  std::vector<RoleForecast> roles;
  Stats cost;         ///< of all services together
  Stats yearly_cost;  ///< of each year apart
  std::vector<ExceedancePoint> exceedance;  ///< ascending cost, descending probability
};

}  // namespace muster
