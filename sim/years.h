#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/scenario.h"
#include "sim/replication.h"

/// One replication of the years ahead: every outage strikes when its clock has run out, and those that are on at the same
/// time share people, slots, links and what is down.
///
/// The n-th occurrence of an outage draws under a seed of its own, a pure function of (seed, replication, outage, n). No outage
/// begins at or after the horizon; those that are on then go on to their end, so that recovery times are whole, while downtime,
/// costs and work count up to the horizon. After the first few replications it touches no heap. Belongs to one thread.
namespace muster {

/// Outages that say how often they happen, compiled: what threads share.
struct Years {
  struct Outage {
    Program program;
    QuantileTable gap;  ///< until it strikes: from the end of the last one, or, `always`, from its onset
    bool always;
    Stream clock, onset;
    std::vector<std::optional<Objective>> objectives;  ///< by service, as this outage sees them
  };
  Years(const Scenario& scenario, int how_many);

  int years;
  double horizon;  ///< seconds
  bool clock_matters = false;
  std::vector<Outage> outages;
  std::vector<std::optional<Cost>> costs;  ///< by service
};

class YearsReplication {
 public:
  struct OfService {
    double downtime = 0, data_loss = 0, cost = 0;
    std::uint32_t outages = 0;
    std::uint32_t missed_rto = 0, missed_rpo = 0, missed_mtpd = 0;  ///< years
  };
  struct Occurrence {
    std::size_t outage;
    double rto, rpo;
  };

  explicit YearsReplication(const Years& years);
  void run(std::uint64_t seed, std::uint32_t replication);

  // Results of the last run.
  const std::vector<OfService>& services() const { return services_; }
  const std::vector<Occurrence>& occurrences() const { return occurrences_; }
  const std::vector<std::uint32_t>& counts() const { return counts_; }  ///< by outage
  const std::vector<double>& yearly_cost() const { return yearly_cost_; }
  const std::vector<World::Wait>& waits() const { return world_.waits; }
  double busy(std::size_t resource) const { return world_.resources[resource].busy; }  ///< seat-seconds

 private:
  enum Missed : std::uint8_t { rto = 1, rpo = 2, mtpd = 4 };
  void wind(std::size_t outage, double from);
  void strike(std::size_t outage);
  void retire();
  void close(std::size_t place, bool for_good);
  void count_spells();
  void count_spell(const World::Spell& spell);
  std::size_t year_of(double time) const;
  void miss(std::size_t service, std::size_t year, Missed what);

  struct Running {
    std::unique_ptr<Replication> replication;
    std::size_t outage = 0;
    bool over = false;
  };

  const Years& y_;
  World world_;
  std::uint64_t seed_ = 0;
  std::uint32_t replication_ = 0, begun_ = 0;
  double clock_ = 0;
  std::vector<double> next_;            ///< onset, by outage
  std::vector<std::uint64_t> seeds_;    ///< of the next occurrence, by outage
  std::vector<std::uint32_t> wound_;    ///< how often its clock was, by outage
  std::vector<Running> running_;        ///< by onset
  std::vector<std::vector<std::unique_ptr<Replication>>> idle_;  ///< by outage
  std::vector<OfService> services_;
  std::vector<Occurrence> occurrences_;
  std::vector<std::uint32_t> counts_;
  std::vector<double> yearly_cost_;
  std::vector<std::uint8_t> missed_;    ///< [service][year]
};

}  // namespace muster
