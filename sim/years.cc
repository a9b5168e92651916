#include "sim/years.h"

#include <algorithm>
#include <cmath>

#include "models/cost.h"
#include "models/units.h"
#include "sim/streams.h"

namespace muster {

Years::Years(const Scenario& scenario, int how_many) : years(how_many), horizon(how_many * year) {
  for (const muster::Outage& outage : scenario.outages) {
    if (!outage.interval && !(outage.rate.value_or(0) > 0)) continue;
    const Distribution gap = outage.interval ? *outage.interval : Distribution(Exponential{1 / *outage.rate});
    outages.push_back({compile(scenario, outage.name), QuantileTable(gap), outage.clock_always, streams::happens(outage.name), streams::onset(), {}});
    for (const Service& s : scenario.seen_by(outage.name).services) outages.back().objectives.push_back(s.objective);
    clock_matters |= outages.back().program.onset_matters;
  }
  for (const Service& s : scenario.services) costs.push_back(s.cost);
}

YearsReplication::YearsReplication(const Years& years)
    : y_(years),
      world_(years.outages.front().program),
      next_(years.outages.size()),
      seeds_(years.outages.size()),
      wound_(years.outages.size()),
      idle_(years.outages.size()),
      services_(years.costs.size()),
      counts_(years.outages.size()),
      yearly_cost_(static_cast<std::size_t>(years.years)),
      missed_(years.costs.size() * static_cast<std::size_t>(years.years)) {
  world_.keep_log = true;
  world_.horizon = y_.horizon;
}

void YearsReplication::run(std::uint64_t seed, std::uint32_t replication) {
  seed_ = seed;
  replication_ = replication;
  begun_ = 0;
  world_.reset(true);
  std::fill(services_.begin(), services_.end(), OfService{});
  std::fill(counts_.begin(), counts_.end(), 0);
  std::fill(yearly_cost_.begin(), yearly_cost_.end(), 0);
  std::fill(missed_.begin(), missed_.end(), 0);
  std::fill(wound_.begin(), wound_.end(), 0);
  occurrences_.clear();
  if (y_.clock_matters) {
    const Draw when = draw(seed, replication, streams::onset());
    clock_ = onset_instant(world_.described.zone, second_uniform(when).value(), uniform(when).value());
  }
  for (std::size_t k = 0; k < next_.size(); ++k) wind(k, 0);
  for (;;) {
    const auto first = std::min_element(next_.begin(), next_.end());
    const double event = world_.queue.empty() ? never : world_.queue.top().time;
    const bool strikes = *first < y_.horizon;
    if (!strikes && std::all_of(running_.begin(), running_.end(), [](const Running& r) { return r.replication->stuck(); })) break;
    if (!strikes && event == never) break;
    world_.advance(strikes ? std::min(*first, event) : event);
    if (strikes && *first <= event) strike(static_cast<std::size_t>(first - next_.begin()));
    world_.settle();
    count_spells();
    retire();
  }
  for (std::size_t n = 0; n < services_.size(); ++n) {
    const World::Node& node = world_.nodes[n];
    if (node.down && node.begun_by) count_spell({static_cast<std::int32_t>(n), node.since, never, node.begun_by});
  }
  while (!running_.empty()) close(running_.size() - 1, true);
}

/// Sets the clock of an outage: it will strike a gap from now.
void YearsReplication::wind(std::size_t k, double from) {
  const std::uint32_t n = wound_[k]++;
  const Draw luck = draw(seed_, replication_, y_.outages[k].clock, n & 0xfffffu, n >> 20);
  next_[k] = from + y_.outages[k].gap(uniform(luck));
  seeds_[k] = seed_of(luck);
}

void YearsReplication::strike(std::size_t k) {
  const Years::Outage& outage = y_.outages[k];
  auto& idle = idle_[k];
  Running next;
  next.outage = k;
  if (idle.empty()) {
    next.replication = std::make_unique<Replication>(outage.program, world_);
  } else {
    next.replication = std::move(idle.back());
    idle.pop_back();
  }
  double clock = clock_ + world_.now;
  if (outage.program.starts && y_.clock_matters)
    clock = onset_instant(outage.program.zone, *outage.program.starts, second_uniform(draw(seeds_[k], replication_, outage.onset)).value());
  next.replication->draw_truths(seed_, replication_);  // one truth for all the years
  next.replication->begin(seeds_[k], replication_, ++begun_, clock);
  running_.push_back(std::move(next));
  ++counts_[k];
  next_[k] = never;
  if (outage.always) wind(k, world_.now);
}

/// What is over lets its clock run again. It stays in the world while something is down that it began or struck.
void YearsReplication::retire() {
  for (std::size_t i = 0; i < running_.size();) {
    Running& r = running_[i];
    if (!r.over && r.replication->over()) {
      r.over = true;
      r.replication->sum_up_losses();
      r.replication->leave_world();
      world_.settle();
      count_spells();
      if (!y_.outages[r.outage].always) wind(r.outage, world_.now);
      i = 0;  // what it gave back may have ended another
      continue;
    }
    bool held = !r.over;
    for (std::size_t n = 0; n < services_.size() && !held; ++n) held = r.replication->holds_down(static_cast<std::int32_t>(n));
    if (held)
      ++i;
    else
      close(i, false);
  }
}

/// Counts an occurrence and puts it away.
void YearsReplication::close(std::size_t place, bool for_good) {
  Running r = std::move(running_[place]);
  running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(place));
  if (for_good && !r.over) r.replication->sum_up_losses();
  double recovery = r.replication->recovery(), loss = 0;
  const std::size_t when = year_of(r.replication->began());
  for (std::size_t n = 0; n < services_.size(); ++n) {
    const auto service = static_cast<std::int32_t>(n);
    if (for_good && r.replication->holds_down(service)) recovery = never;
    const double lost = r.replication->rpo(service);
    if (lost == 0) continue;
    loss = std::max(loss, lost);
    services_[n].data_loss += lost;
    const auto& objective = y_.outages[r.outage].objectives[n];
    if (objective && objective->rpo && lost > *objective->rpo) miss(n, when, rpo);
    if (y_.costs[n]) {
      const double cost = data_loss_cost(*y_.costs[n], lost);
      services_[n].cost += cost;
      yearly_cost_[when] += cost;
    }
  }
  occurrences_.push_back({r.outage, recovery, loss});
  std::erase(world_.on, r.replication.get());
  idle_[r.outage].push_back(std::move(r.replication));
}

void YearsReplication::count_spells() {
  for (const World::Spell& spell : world_.spells) count_spell(spell);
  world_.spells.clear();
}

void YearsReplication::count_spell(const World::Spell& spell) {
  if (spell.from >= y_.horizon) return;
  const auto n = static_cast<std::size_t>(spell.service);
  OfService& service = services_[n];
  const double seconds = std::min(spell.to, y_.horizon) - spell.from;
  service.downtime += seconds;
  ++service.outages;
  const std::size_t when = year_of(spell.from);
  if (y_.costs[n]) {
    const double cost = downtime_cost(*y_.costs[n], seconds);
    service.cost += cost;
    yearly_cost_[when] += cost;
  }
  const auto by = std::find_if(running_.begin(), running_.end(), [&](const Running& r) { return r.replication.get() == spell.begun_by; });
  const auto& objective = y_.outages[by->outage].objectives[n];
  if (!objective) return;
  const double recovery = spell.to - spell.begun_by->began();
  const std::size_t onset = year_of(spell.begun_by->began());
  if (objective->rto && recovery > *objective->rto) miss(n, onset, rto);
  if (objective->mtpd && recovery > *objective->mtpd) miss(n, onset, mtpd);
}

std::size_t YearsReplication::year_of(double time) const {
  return std::min(static_cast<std::size_t>(time / year), yearly_cost_.size() - 1);
}

void YearsReplication::miss(std::size_t service, std::size_t when, Missed what) {
  std::uint8_t& seen = missed_[service * yearly_cost_.size() + when];
  if (seen & what) return;
  seen |= what;
  OfService& s = services_[service];
  ++(what == rto ? s.missed_rto : what == rpo ? s.missed_rpo : s.missed_mtpd);
}

}  // namespace muster
