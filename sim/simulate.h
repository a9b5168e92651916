#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/outcomes.h"
#include "models/progress.h"
#include "models/scenario.h"
#include "models/story.h"
#include "sim/isa.h"

/// Many replications of a scenario's outages.
namespace muster {

/// How replications are evaluated; the result does not depend on it.
enum class Path : std::uint8_t {
  automatic,  ///< many at once where the scenario allows it
  event,      ///< one by one, event by event
  batch       ///< as automatic; a scenario that does not allow it is refused
};

struct SimulationOptions {
  std::uint64_t replications = 100'000;   ///< at most 4,000,000,000
  std::optional<double> precision;        ///< instead: until every objective's quantile is known to this relative half-width
  std::uint64_t seed = 1;
  int threads = 0;                        ///< 0: all cores. The result does not depend on it
  std::vector<std::string> outages;       ///< empty: all, in file order. Names must exist
  std::optional<Onset> at;                ///< fixes the onset
  bool sensitivity = false;               ///< OutageResult carries it
  std::optional<double> rare;             ///< OutageResult carries chances of rare misses, to this relative error
  bool sample_steps = false;              ///< SampleBlock carries steps
  Path path = Path::automatic;
  std::optional<Isa> isa;                 ///< instruction set of the lane engine; must be present. Nothing: the best one
  bool steps = true;                      ///< without: no statistics of steps and roles, which take most of the time
};

/// Those asked for, else all, in the scenario's order.
std::vector<std::string> asked_outages(const Scenario& scenario, const SimulationOptions& options);
/// What a result says before anything is simulated.
SimulationResult begun_result(const Scenario& scenario, const SimulationOptions& options);

/// Runs them. Bit-identical for any number of threads. When `interrupted` becomes true, returns soon with what is done
/// so far, marked partial (with at least one replication of each outage begun). The sinks may be empty.
SimulationResult simulate(const Scenario& scenario, const SimulationOptions& options, const ProgressSink& progress = {},
                          const SampleSink& samples = {}, const std::atomic<bool>* interrupted = nullptr);

/// The story of one replication, the same one that simulate() runs under that number. Its critical path is of the recovery
/// of `service`, or of the last service to recover when empty.
Story explain(const Scenario& scenario, const std::string& outage, std::uint64_t seed, std::uint64_t replication,
              const std::optional<Onset>& at = {}, const std::string& service = {});

/// The replication among options.replications whose recovery time (of `service`, or of the last service to recover when
/// empty) is the order statistic at `level`; among equals the first.
std::uint64_t replication_at(const Scenario& scenario, const std::string& outage, const std::string& service, double level,
                             const SimulationOptions& options);

}  // namespace muster
