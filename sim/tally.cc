#include "sim/tally.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/cost.h"

namespace muster {
namespace {

/// Services that a strike of this outage can bring down, by themselves or through their needs.
std::vector<char> within_reach(const Program& p) {
  std::vector<char> reached(p.nodes.size(), 0);
  std::vector<std::int32_t> next;
  for (const auto& s : p.strikes)
    for (std::uint32_t i = s.nodes.begin; i < s.nodes.end; ++i) next.push_back(p.pool[i]);
  while (!next.empty()) {
    const auto n = static_cast<std::size_t>(next.back());
    next.pop_back();
    if (reached[n]) continue;
    reached[n] = 1;
    const Span member = p.nodes[n].member_of;
    for (std::uint32_t i = member.begin; i < member.end; ++i) {
      const std::int32_t owner = p.clauses[static_cast<std::size_t>(p.pool[i])].owner;
      if (owner >= 0) next.push_back(owner);
    }
  }
  return reached;
}

/// As a forecast counts it: each time of being down by itself, and what is lost.
double cost_of(const Columns& columns, const Replication& r, const double* values) {
  double sum = 0;
  for (const World::Spell& spell : r.world().spells)
    if (const auto& cost = columns.costs[static_cast<std::size_t>(spell.service)]) sum += downtime_cost(*cost, spell.to - spell.from);
  for (std::size_t i = 0; i < columns.rto.size(); ++i)
    if (values[i] == never)
      if (const auto& cost = columns.costs[static_cast<std::size_t>(columns.rto[i])]) sum += downtime_cost(*cost, never);
  for (std::size_t i = 0; i < columns.rpo.size(); ++i)
    if (const auto& cost = columns.costs[static_cast<std::size_t>(columns.rpo[i])]) sum += data_loss_cost(*cost, values[columns.rto.size() + i]);
  return sum;
}

}  // namespace

Columns::Columns(const Program& p, const Scenario& seen, bool with_cost) {
  const std::vector<char> reached = within_reach(p);
  const auto services = static_cast<std::size_t>(p.services);
  rto_of.assign(services, none);
  rpo_of.assign(services, none);
  std::vector<char> loses(p.nodes.size(), 0);
  for (std::int32_t s : p.service_order) {
    const auto& node = p.nodes[static_cast<std::size_t>(s)];
    bool any = node.store != none && reached[static_cast<std::size_t>(s)];
    for (std::uint32_t c = node.clauses.begin; c < node.clauses.end; ++c)
      for (std::uint32_t m = p.clauses[c].members.begin; m < p.clauses[c].members.end; ++m)
        any |= loses[static_cast<std::size_t>(p.pool[m])] != 0;
    loses[static_cast<std::size_t>(s)] = any;
  }
  for (std::size_t s = 0; s < services; ++s) {
    if (reached[s]) {
      rto_of[s] = static_cast<std::int32_t>(rto.size());
      rto.push_back(static_cast<std::int32_t>(s));
    }
    objectives.push_back(seen.services[s].objective);
  }
  for (std::size_t s = 0; s < services; ++s)
    if (loses[s]) {
      rpo_of[s] = static_cast<std::int32_t>(rto.size() + rpo.size());
      rpo.push_back(static_cast<std::int32_t>(s));
    }
  recovery = rto.size() + rpo.size();
  work_recovery = recovery + 1;
  plan_end = recovery + 2;
  count = recovery + 3;
  if (!with_cost) return;
  cost = count++;
  for (const Service& service : seen.services) costs.push_back(service.cost);
}

Counts::Counts(const Program& p, const Columns& columns)
    : services(static_cast<std::size_t>(p.services)),
      chosen(p.copies.size() + p.stores.size()),
      critical(p.steps.size()),
      critical_service(columns.rto.size() * p.steps.size()),
      failed(p.steps.size()),
      replaced(p.steps.size()),
      waited_on(p.steps.size() * (p.resources.size() + 1)) {}

void Counts::add(const Counts& o) {
  const auto sum = [](auto& to, const auto& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  for (std::size_t i = 0; i < services.size(); ++i) {
    OfService& a = services[i];
    const OfService& b = o.services[i];
    a.unrecovered += b.unrecovered;
    a.stood_down += b.stood_down;
    a.lost_for_good += b.lost_for_good;
    a.lost += b.lost;
    a.met_rto += b.met_rto;
    a.met_rpo += b.met_rpo;
    a.met_mtpd += b.met_mtpd;
    a.met_both += b.met_both;
  }
  sum(chosen, o.chosen);
  sum(critical, o.critical);
  sum(critical_service, o.critical_service);
  sum(failed, o.failed);
  sum(replaced, o.replaced);
  sum(waited_on, o.waited_on);
  met_all += o.met_all;
  stood_down += o.stood_down;
  stopped += o.stopped;
  events += o.events;
}

bool Counts::fits(const Counts& o) const {
  return services.size() == o.services.size() && chosen.size() == o.chosen.size() && critical.size() == o.critical.size() &&
         critical_service.size() == o.critical_service.size() && failed.size() == o.failed.size() && replaced.size() == o.replaced.size() &&
         waited_on.size() == o.waited_on.size();
}

void StepColumns::resize(const Program& p, std::size_t n) {
  for (Rows* columns : {&start, &wait, &duration, &finish}) columns->resize(p.steps.size(), n);
  std::size_t roles = 0;
  while (roles < p.resources.size() && p.resources[roles].role) ++roles;
  busy.resize(roles, n);
  waited.resize(roles, n);
}

void count(const Program& p, const Columns& columns, const Replication& r, Counts& counts, double* values) {
  for (std::size_t i = 0; i < columns.rto.size(); ++i) {
    const std::int32_t s = columns.rto[i];
    values[i] = r.rto(s);
    Counts::OfService& c = counts.services[static_cast<std::size_t>(s)];
    c.unrecovered += values[i] == never;
    const auto& node = r.node(s);
    c.stood_down += node.by_repair_uncommitted;
    if (node.chosen == none) continue;
    ++c.lost;
    c.lost_for_good += node.own_loss == never;
    const auto store = static_cast<std::size_t>(p.nodes[static_cast<std::size_t>(s)].store);
    ++counts.chosen[node.chosen >= 0 ? p.stores[store].copies.begin + static_cast<std::size_t>(node.chosen) : p.copies.size() + store];
  }
  for (std::size_t i = 0; i < columns.rpo.size(); ++i) values[columns.rto.size() + i] = r.rpo(columns.rpo[i]);
  values[columns.recovery] = r.recovery();
  values[columns.plan_end] = r.plan_end();
  values[columns.work_recovery] = r.recovery() == never || r.plan_end() == never ? never : std::max(0.0, r.plan_end() - r.recovery());
  if (columns.cost) values[*columns.cost] = cost_of(columns, r, values);
  counts.stood_down += r.stood_down();
  counts.stopped += r.stopped();
  bool all = true;
  for (std::size_t s = 0; s < columns.objectives.size(); ++s) {
    const auto& objective = columns.objectives[s];
    if (!objective) continue;
    const double rto = columns.rto_of[s] == none ? 0 : values[columns.rto_of[s]];
    const double rpo = columns.rpo_of[s] == none ? 0 : values[columns.rpo_of[s]];
    const bool in_time = !objective->rto || rto <= *objective->rto, kept = !objective->rpo || rpo <= *objective->rpo;
    Counts::OfService& c = counts.services[s];
    c.met_rto += in_time;
    c.met_rpo += kept;
    c.met_mtpd += !objective->mtpd || rto <= *objective->mtpd;
    c.met_both += in_time && kept;
    all &= in_time && kept;
  }
  counts.met_all += all;
}

double to_the_microsecond(double seconds) { return std::nearbyint(seconds * 1e6) / 1e6; }

void count_steps(const Program& p, const Columns& columns, const Replication& r, std::size_t index, Counts& counts,
                 StepColumns& out, Paths& paths) {
  for (std::size_t s = 0; s < p.steps.size(); ++s) {
    const auto& step = r.step(static_cast<std::int32_t>(s));
    counts.failed[s] += step.how == Replication::How::failed;
    counts.replaced[s] += step.how == Replication::How::replaced;
    if (!step.ran) {
      for (Rows* column : {&out.start, &out.wait, &out.duration, &out.finish}) (*column)[s][index] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    out.start[s][index] = step.start;
    out.wait[s][index] = step.start - step.ready;
    out.duration[s][index] = to_the_microsecond(step.run_end - step.start);
    out.finish[s][index] = step.how == Replication::How::not_ended ? never : step.finish;
    if (step.start > step.ready) {
      const auto why = step.began.why;
      const bool resource = why == Replication::Why::seat || why == Replication::Why::slot || why == Replication::Why::person;
      counts.waited_on[s * (p.resources.size() + 1) + (resource ? static_cast<std::size_t>(step.began.thing) : p.resources.size())] += 1;
    }
  }
  for (std::size_t role = 0; role < out.busy.size(); ++role) {
    out.busy[role][index] = r.busy(static_cast<std::int32_t>(role));
    out.waited[role][index] = r.waited(static_cast<std::int32_t>(role));
  }
  // A path hangs on nothing but who brought the service up: those that the same step did share it.
  paths.steps.clear();
  paths.up_by.clear();
  paths.end.clear();
  for (std::size_t i = 0; i < columns.rto.size(); ++i) {
    const World::Node& service = r.world().nodes[static_cast<std::size_t>(columns.rto[i])];
    if (service.down || service.last_down == 0) continue;
    const auto known = static_cast<std::size_t>(std::find(paths.up_by.begin(), paths.up_by.end(), service.up_by) - paths.up_by.begin());
    if (known == paths.up_by.size()) {
      r.critical_path(columns.rto[i], paths.one);
      std::sort(paths.one.begin(), paths.one.end());
      paths.steps.insert(paths.steps.end(), paths.one.begin(), std::unique(paths.one.begin(), paths.one.end()));
      paths.up_by.push_back(service.up_by);
      paths.end.push_back(paths.steps.size());
    }
    std::uint64_t* const critical = counts.critical_service.data() + i * p.steps.size();
    const bool last = columns.rto[i] == r.last_service();
    for (std::size_t k = known == 0 ? 0 : paths.end[known - 1]; k < paths.end[known]; ++k) {
      const auto s = static_cast<std::size_t>(paths.steps[k]);
      ++critical[s];
      if (last) ++counts.critical[s];
    }
  }
}

}  // namespace muster
