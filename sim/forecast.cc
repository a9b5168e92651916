#include "sim/forecast.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include "models/sample.h"
#include "sim/blocks.h"
#include "sim/years.h"

namespace muster {
namespace {

constexpr std::uint64_t block_size = 128;
constexpr std::uint64_t first_look = 16'384;  ///< replications before a precision is judged
constexpr std::uint64_t precision_limit = 16'000'000;

/// What one block of replications gives, value by value.
struct Block {
  struct OfService {
    std::vector<double> downtime, outages, data_loss, cost;
    std::uint64_t missed_rto = 0, missed_rpo = 0, missed_mtpd = 0;  ///< years
  };
  std::vector<OfService> services;
  std::vector<std::vector<double>> counts, rto, rpo;  ///< by outage
  std::vector<std::vector<double>> waits, busy;       ///< by role
  std::vector<double> cost, yearly_cost;

  Block(const Scenario& scenario, const Years& years)
      : services(scenario.services.size()),
        counts(years.outages.size()),
        rto(years.outages.size()),
        rpo(years.outages.size()),
        waits(scenario.roles.size()),
        busy(scenario.roles.size()) {}

  void add(const YearsReplication& r) {
    double all = 0;
    for (std::size_t n = 0; n < services.size(); ++n) {
      const auto& from = r.services()[n];
      OfService& to = services[n];
      to.downtime.push_back(from.downtime);
      to.outages.push_back(from.outages);
      to.data_loss.push_back(from.data_loss);
      to.cost.push_back(from.cost);
      to.missed_rto += from.missed_rto;
      to.missed_rpo += from.missed_rpo;
      to.missed_mtpd += from.missed_mtpd;
      all += from.cost;
    }
    cost.push_back(all);
    yearly_cost.insert(yearly_cost.end(), r.yearly_cost().begin(), r.yearly_cost().end());
    for (std::size_t k = 0; k < counts.size(); ++k) counts[k].push_back(r.counts()[k]);
    for (const auto& o : r.occurrences()) {
      rto[o.outage].push_back(o.rto);
      rpo[o.outage].push_back(o.rpo);
    }
    for (const World::Wait& wait : r.waits()) waits[static_cast<std::size_t>(wait.role)].push_back(wait.seconds);
    for (std::size_t role = 0; role < busy.size(); ++role) busy[role].push_back(r.busy(role));
  }
};

class Gathered {
 public:
  Gathered(const Scenario& scenario, const Years& years)
      : scenario_(scenario), years_(years), services_(scenario.services.size()), outages_(years.outages.size()), roles_(scenario.roles.size()) {
    for (std::size_t n = 0; n < services_.size(); ++n)
      for (const auto& outage : years.outages) {
        const auto& o = outage.objectives[n];
        services_[n].has_rto |= o && o->rto;
        services_[n].has_rpo |= o && o->rpo;
        services_[n].has_mtpd |= o && o->mtpd;
      }
  }

  void merge(const Block& b) {
    const auto all = [](Sample& to, const std::vector<double>& from) {
      for (double v : from) to.add(v);
    };
    for (std::size_t n = 0; n < services_.size(); ++n) {
      all(services_[n].downtime, b.services[n].downtime);
      all(services_[n].outages, b.services[n].outages);
      all(services_[n].data_loss, b.services[n].data_loss);
      all(services_[n].cost, b.services[n].cost);
      services_[n].missed_rto += b.services[n].missed_rto;
      services_[n].missed_rpo += b.services[n].missed_rpo;
      services_[n].missed_mtpd += b.services[n].missed_mtpd;
    }
    for (std::size_t k = 0; k < outages_.size(); ++k) {
      all(outages_[k].count, b.counts[k]);
      all(outages_[k].rto, b.rto[k]);
      all(outages_[k].rpo, b.rpo[k]);
    }
    for (std::size_t r = 0; r < roles_.size(); ++r) {
      all(roles_[r].wait, b.waits[r]);
      for (double w : b.waits[r]) roles_[r].waited += w > 0;
      for (double seconds : b.busy[r]) roles_[r].busy.add(seconds);
    }
    all(cost_, b.cost);
    all(yearly_cost_, b.yearly_cost);
  }
  std::uint64_t done() const { return cost_.count(); }

  double widest() const {
    double widest = relative(cost_);
    for (const OfService& s : services_) widest = std::max(widest, relative(s.downtime));
    return widest;
  }

  void tell(ForecastResult& out) {
    const std::uint64_t years = done() * static_cast<std::uint64_t>(years_.years);
    for (std::size_t n = 0; n < services_.size(); ++n) {
      OfService& s = services_[n];
      ServiceForecast f;
      f.name = scenario_.services[n].name;
      f.downtime = s.downtime.stats();
      f.affected = f.downtime.max > 0;
      f.availability = 1 - f.downtime.mean / years_.horizon;
      f.availability_ci = {1 - f.downtime.mean_ci.high / years_.horizon, 1 - f.downtime.mean_ci.low / years_.horizon};
      f.outages = s.outages.stats();
      f.data_loss = s.data_loss.stats();
      f.cost = s.cost.stats();
      if (s.has_rto) f.missed_rto = share(s.missed_rto, years);
      if (s.has_rpo) f.missed_rpo = share(s.missed_rpo, years);
      if (s.has_mtpd) f.missed_mtpd = share(s.missed_mtpd, years);
      out.has_costs |= scenario_.services[n].cost.has_value();
      out.sketched |= s.downtime.sketched();
      out.services.push_back(std::move(f));
    }
    for (std::size_t k = 0; k < outages_.size(); ++k) {
      OfOutage& o = outages_[k];
      out.outages.push_back({years_.outages[k].program.outage, o.count.stats(), o.rto.stats(), o.rpo.stats()});
      out.sketched |= o.rto.sketched();
    }
    for (std::size_t r = 0; r < roles_.size(); ++r) {
      OfRole& role = roles_[r];
      RoleForecast f;
      f.name = scenario_.roles[r].name;
      f.seats = scenario_.roles[r].count;
      f.requests = role.wait.count();
      f.wait = role.wait.stats();
      if (f.requests > 0) f.wait_probability = static_cast<double>(role.waited) / static_cast<double>(f.requests);
      f.busy = role.busy.mean / (f.seats * years_.horizon);
      out.sketched |= role.wait.sketched();
      out.roles.push_back(std::move(f));
    }
    out.cost = cost_.stats();
    out.yearly_cost = yearly_cost_.stats();
    out.sketched |= yearly_cost_.sketched();
    out.replications = done();
    if (out.has_costs) out.exceedance = exceedance();
  }

 private:
  struct OfService {
    Sample downtime, outages, data_loss, cost;
    std::uint64_t missed_rto = 0, missed_rpo = 0, missed_mtpd = 0;  ///< years
    bool has_rto = false, has_rpo = false, has_mtpd = false;
  };
  struct OfOutage {
    Sample count, rto, rpo;
  };
  struct OfRole {
    Sample wait;
    Moments busy;
    std::uint64_t waited = 0;
  };

  static double relative(const Sample& sample) {
    const Moments& m = sample.moments();
    if (m.count == 0 || m.max == 0) return 0;
    const double half = 1.959963984540054 * m.sd() / std::sqrt(static_cast<double>(m.count));
    return m.infinite > 0 ? 0 : relative_half_width({m.mean - half, m.mean + half});
  }

  /// At every hundredth of the years, and closer in the tail: the last point is the worst year but a few. Years that cost the same
  /// make one point, with the share of those that cost more.
  std::vector<ExceedancePoint> exceedance() {
    const std::uint64_t n = yearly_cost_.count();
    std::vector<std::uint64_t> ranks{1};
    for (std::uint64_t part = 100; part <= 10'000 && part <= n; part *= 10)
      for (std::uint64_t i = part == 100 ? 1 : part - 9; i < part; ++i) ranks.push_back(rank_of(static_cast<double>(i) / static_cast<double>(part), n));
    ranks.push_back(n);
    std::vector<ExceedancePoint> out;
    for (std::uint64_t rank : ranks) {
      const double cost = yearly_cost_.of_rank(rank);
      if (cost == never || (!out.empty() && cost == out.back().cost)) continue;
      out.push_back({cost, static_cast<double>(n - last_rank(cost, rank)) / static_cast<double>(n)});
    }
    return out;
  }
  /// Of the years that cost just so.
  std::uint64_t last_rank(double cost, std::uint64_t rank) {
    std::uint64_t high = yearly_cost_.count() + 1;
    while (high - rank > 1) {
      const std::uint64_t middle = rank + (high - rank) / 2;
      (yearly_cost_.of_rank(middle) == cost ? rank : high) = middle;
    }
    return rank;
  }

  const Scenario& scenario_;
  const Years& years_;
  std::vector<OfService> services_;
  std::vector<OfOutage> outages_;
  std::vector<OfRole> roles_;
  Sample cost_, yearly_cost_;
};

}  // namespace

bool happens(const Outage& outage) { return outage.interval || outage.rate.value_or(0) > 0; }

ForecastResult forecast(const Scenario& scenario, const ForecastOptions& options, const ProgressSink& progress,
                        const std::atomic<bool>* interrupted) {
  const auto began = std::chrono::steady_clock::now();
  const Years years(scenario, options.years);
  if (years.outages.empty()) throw std::logic_error("forecast: no outage says how often it happens");
  Gathered gathered(scenario, years);
  const auto make_worker = [&] {
    return [&, r = std::make_unique<YearsReplication>(years)](std::uint64_t first, std::uint64_t count) {
      Block out(scenario, years);
      for (std::uint64_t i = first; i < first + count; ++i) {
        r->run(options.seed, static_cast<std::uint32_t>(i));
        out.add(*r);
      }
      return out;
    };
  };
  ForecastResult result;
  std::uint64_t goal = options.precision ? first_look : options.replications;
  for (;;) {
    const BlocksToRun work{gathered.done(), goal, block_size, options.threads, interrupted};
    run_blocks(work, {"", 0, goal, 0, 1}, progress, make_worker, [&](std::uint64_t, std::uint64_t, Block&& b) { gathered.merge(b); });
    result.partial = gathered.done() < goal;
    if (!options.precision || result.partial || gathered.widest() <= *options.precision) break;
    if (goal >= precision_limit) {
      result.precision_reached = false;
      break;
    }
    goal *= 2;
  }
  if (options.precision && result.partial) result.precision_reached = false;
  result.title = scenario.title;
  result.file = scenario.file;
  result.sha256 = scenario.sha256;
  result.seed = options.seed;
  result.years = options.years;
  result.precision = options.precision;
  for (const Outage& outage : scenario.outages)
    if (!happens(outage)) result.left_out.push_back(outage.name);
  gathered.tell(result);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace muster
