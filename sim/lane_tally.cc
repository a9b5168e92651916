#include "sim/lane_tally.h"

#include <algorithm>

namespace muster {
namespace {

template <class Engine>
void count_losses(const Program& p, const Columns& columns, Engine& lanes, std::uint32_t n, Counts& counts,
                  double* const* values, std::vector<double>& own) {
  const auto services = static_cast<std::size_t>(p.services);
  own.resize(3 * services + 1);
  double *mine = own.data(), *joint = mine + services, *members = joint + services;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (lanes.needs_events(i)) continue;
    bool lost = false;
    for (std::size_t s = 0; s < services; ++s) {
      mine[s] = 0;
      const std::int32_t store = p.nodes[s].store;
      if (store == none || columns.rto_of[s] == none) continue;
      std::int32_t chosen = none;
      mine[s] = lanes.own_loss(static_cast<std::int32_t>(s), i, chosen);
      lost |= mine[s] > 0;
      if (chosen == none) continue;
      Counts::OfService& c = counts.services[s];
      ++c.lost;
      c.lost_for_good += mine[s] == never;
      const auto index = static_cast<std::size_t>(store);
      ++counts.chosen[chosen >= 0 ? p.stores[index].copies.begin + static_cast<std::size_t>(chosen)
                                  : p.copies.size() + index];
    }
    std::fill_n(joint, services, 0.0);
    for (std::int32_t s : p.service_order) {
      if (!lost) break;
      double loss = mine[s];
      const Span clauses = p.nodes[static_cast<std::size_t>(s)].clauses;
      for (std::uint32_t c = clauses.begin; c < clauses.end; ++c) {
        const auto& clause = p.clauses[c];
        std::size_t count = 0;
        for (std::uint32_t m = clause.members.begin; m < clause.members.end; ++m)
          members[count++] = p.pool[m] < p.services ? joint[p.pool[m]] : 0.0;
        std::nth_element(members, members + (clause.at_least - 1), members + count);
        loss = std::max(loss, members[clause.at_least - 1]);
      }
      joint[s] = loss;
    }
    for (std::size_t c = 0; c < columns.rpo.size(); ++c)
      values[columns.rto.size() + c][i] = joint[columns.rpo[c]];
  }
}

}  // namespace

template <class Engine>
void count_lanes(const Program& p, const Columns& columns, Engine& lanes, Replication& r, std::uint64_t seed,
                 std::uint32_t first, std::uint32_t n, Counts& counts, double* const* values,
                 std::vector<double>& scratch) {
  lanes.run(seed, first, n);
  for (std::size_t c = 0; c < columns.rto.size(); ++c) std::copy_n(lanes.rto(columns.rto[c]), n, values[c]);
  std::copy_n(lanes.recovery(), n, values[columns.recovery]);
  std::copy_n(lanes.plan_end(), n, values[columns.plan_end]);
  const double *recovery = values[columns.recovery], *end = values[columns.plan_end];
  double* work = values[columns.work_recovery];
  for (std::uint32_t i = 0; i < n; ++i) {
    const double after = end[i] - recovery[i];  // NaN where both are never
    work[i] = recovery[i] == never || end[i] == never ? never : after > 0 ? after : 0;
  }
  bool stores = false;
  for (std::size_t s = 0; s < columns.rto_of.size(); ++s)
    stores |= p.nodes[s].store != none && columns.rto_of[s] != none;
  if (stores) {
    count_losses(p, columns, lanes, n, counts, values, scratch);
  } else {
    for (std::size_t c = 0; c < columns.rpo.size(); ++c) std::fill_n(values[columns.rto.size() + c], n, 0.0);
  }
  std::uint32_t events = 0;
  if (lanes.any_needs_events()) {
    scratch.resize(std::max(scratch.size(), columns.count));
    for (std::uint32_t i = 0; i < n; ++i) {
      if (!lanes.needs_events(i)) continue;
      ++events;
      r.run(seed, first + i, false);
      count(p, columns, r, counts, scratch.data());
      for (std::size_t c = 0; c < columns.count; ++c) values[c][i] = scratch[c];
    }
  }
  counts.events += events;
  for (std::uint32_t i = 0; lanes.may_end_early() && i < n; ++i) {
    if (lanes.needs_events(i)) continue;
    counts.stood_down += lanes.stood_down(i);
    counts.stopped += lanes.stopped(i);
    for (const std::int32_t s : columns.rto) counts.services[static_cast<std::size_t>(s)].stood_down += lanes.by_repair_uncommitted(s, i);
  }
  const auto sum = [&](const auto& holds) {
    std::uint32_t total = 0;
    if (events == 0)
      for (std::uint32_t i = 0; i < n; ++i) total += holds(i);
    else
      for (std::uint32_t i = 0; i < n; ++i) total += lanes.needs_events(i) ? 0u : holds(i);
    return total;
  };
  for (std::size_t c = 0; c < columns.rto.size(); ++c) {
    const double* rto = values[c];
    counts.services[static_cast<std::size_t>(columns.rto[c])].unrecovered +=
        sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(rto[i] == never); });
  }
  std::uint32_t objectives = 0;
  for (std::size_t s = 0; s < columns.objectives.size(); ++s) objectives += columns.objectives[s].has_value();
  if (objectives == 0) {
    counts.met_all += n - events;
    return;
  }
  std::uint8_t all[lanes::capacity];
  std::fill_n(all, n, std::uint8_t{1});
  static constexpr double zeros[lanes::capacity] = {};
  for (std::size_t s = 0; s < columns.objectives.size(); ++s) {
    const auto& o = columns.objectives[s];
    if (!o) continue;
    const double* rto = columns.rto_of[s] == none ? zeros : values[columns.rto_of[s]];
    const double* rpo = columns.rpo_of[s] == none ? zeros : values[columns.rpo_of[s]];
    const double most = o->rto.value_or(never), loss = o->rpo.value_or(never), mtpd = o->mtpd.value_or(never);
    Counts::OfService& c = counts.services[s];
    c.met_rto += sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(rto[i] <= most); });
    c.met_rpo += sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(rpo[i] <= loss); });
    c.met_mtpd += sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(rto[i] <= mtpd); });
    c.met_both +=
        sum([&](std::uint32_t i) { return static_cast<std::uint32_t>((rto[i] <= most) & (rpo[i] <= loss)); });
    for (std::uint32_t i = 0; i < n; ++i)
      all[i] &= static_cast<std::uint8_t>((rto[i] <= most) & (rpo[i] <= loss));
  }
  counts.met_all += sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(all[i]); });
}

template void count_lanes(const Program&, const Columns&, Lanes&, Replication&, std::uint64_t, std::uint32_t, std::uint32_t, Counts&, double* const*,
                          std::vector<double>&);
template void count_lanes(const Program&, const Columns&, Course&, Replication&, std::uint64_t, std::uint32_t, std::uint32_t, Counts&, double* const*,
                          std::vector<double>&);

}  // namespace muster
