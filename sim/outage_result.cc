#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "models/ranks.h"
#include "sim/outage_run.h"

/// From what was gathered to what is told.
namespace muster {
namespace {

/// Of the first n, those that are there; consumes.
std::span<double> present(std::span<double> column, std::uint64_t n) {
  const auto first = column.first(std::min<std::uint64_t>(n, column.size()));
  return {first.begin(), std::remove_if(first.begin(), first.end(), [](double x) { return std::isnan(x); })};
}

bool same(std::span<const double> a, std::span<const double> b, std::uint64_t n) {
  return a.size() >= n && b.size() >= n && std::memcmp(a.data(), b.data(), n * sizeof(double)) == 0;
}

Stats zeros(std::uint64_t n) {
  Stats s;
  s.count = n;
  return s;
}

}  // namespace

Stats OutageRun::stats(std::size_t column) {
  if (sketched_) return summarize(sketches_[column], moments_[column]);
  if (leader_ && leader_->told_[column] && leader_->done_ == done_ && same(leader_->values_[column], values_[column], done_)) return *leader_->told_[column];
  // Services that come back together have the same values.
  for (std::size_t c = 0; c < columns_.count && !told_[column]; ++c)
    if (told_[c] && same(values_[c], values_[column], done_)) told_[column] = told_[c];
  if (told_[column]) return *told_[column];
  std::vector<double> values(values_[column].begin(), values_[column].begin() + static_cast<std::ptrdiff_t>(done_));
  told_[column] = summarize(values, moments_[column]);
  return *told_[column];
}

/// With how long each step took.
const OutageRun::Correlations& OutageRun::correlations(std::size_t column, StepRanks& of) const {
  const std::uint64_t traced = std::min(done_, traced_limit_);
  const Rows& values = sketched_ ? traced_ : values_;
  for (std::size_t c = 0; c < columns_.count; ++c)
    if (of.known[c] && (c == column || same(values[c], values[column], traced))) return *of.known[c];
  const std::vector<double> ranked = ranks(values[column].first(traced));
  Correlations& out = of.known[column].emplace(of.durations.size());
  on_threads(telling_threads(), out.size(), [&](std::size_t s) { out[s] = pearson_of_ranks(of.durations[s], ranked); });
  return out;
}

TargetResult OutageRun::target(double value, std::uint64_t met, std::int32_t column, double confidence) {
  TargetResult t;
  t.target = value;
  t.share = muster::share(met, done_);
  t.verdict = verdict(t.share, confidence);
  t.achievable = column == none ? 0 : order_statistic(static_cast<std::size_t>(column), upper_rank(done_, confidence));
  return t;
}

ServiceResult OutageRun::service_result(std::size_t s, StepRanks& step_ranks) {
  ServiceResult out;
  const double n = static_cast<double>(done_);
  const std::uint64_t traced = std::min(done_, traced_limit_);
  const Counts::OfService& c = counts_.services[s];
  const std::int32_t rto = columns_.rto_of[s], rpo = columns_.rpo_of[s];
  out.name = service_names_[s];
  out.rto = rto == none ? zeros(done_) : stats(static_cast<std::size_t>(rto));
  out.rpo = rpo == none ? zeros(done_) : stats(static_cast<std::size_t>(rpo));
  out.affected = out.rto.max > 0;
  out.unrecovered = static_cast<double>(c.unrecovered) / n;
  out.stood_down = static_cast<double>(c.stood_down) / n;
  out.lost_for_good = static_cast<double>(c.lost_for_good) / n;
  if (const auto& o = columns_.objectives[s]) {
    ObjectiveResult r;
    r.confidence = o->confidence;
    if (o->rto) r.rto = target(*o->rto, c.met_rto, rto, o->confidence);
    if (o->rpo) r.rpo = target(*o->rpo, c.met_rpo, rpo, o->confidence);
    if (o->mtpd) r.mtpd = target(*o->mtpd, c.met_mtpd, rto, o->confidence);
    r.both = muster::share(c.met_both, done_);
    r.both_verdict = verdict(r.both, o->confidence);
    out.objective = r;
  }
  if (traced > 0 && rto != none && out.affected) {
    const auto column = static_cast<std::size_t>(rto);
    const Correlations& correlated = correlations(column, step_ranks);
    for (std::size_t step = 0; step < step_names_.size(); ++step)
      out.steps.push_back({step_names_[step],
                           static_cast<double>(counts_.critical_service[column * step_names_.size() + step]) / static_cast<double>(traced),
                           correlated[step]});
  }
  const std::int32_t store = p_.nodes[s].store;
  if (store != none && c.lost > 0) {
    const Span copies = p_.stores[static_cast<std::size_t>(store)].copies;
    for (std::uint32_t i = copies.begin; i < copies.end; ++i)
      out.copies.push_back({p_.copy_names[i], static_cast<double>(counts_.chosen[i]) / static_cast<double>(c.lost)});
    out.copies.push_back({"no usable copy",
                          static_cast<double>(counts_.chosen[p_.copies.size() + static_cast<std::size_t>(store)]) / static_cast<double>(c.lost)});
  }
  return out;
}

std::vector<StepResult> OutageRun::step_results(StepRanks& step_ranks) {
  const std::uint64_t traced = std::min(done_, traced_limit_);
  const double n = static_cast<double>(traced);
  std::vector<StepResult> out(step_names_.size());
  step_ranks.durations.resize(out.size());
  // Who does not wait starts when one before him ends, which is told of that one.
  std::vector<std::int32_t> starts_after(out.size(), none);
  for (std::size_t s = 0; s < out.size(); ++s)
    for (std::uint32_t i = p_.steps[s].after.begin; i < p_.steps[s].after.end; ++i)
      if (same(steps_.start[s], steps_.finish[at(p_.pool[i])], traced)) starts_after[s] = p_.pool[i];
  on_threads(telling_threads(), out.size(), [&](std::size_t s) {
    StepResult& r = out[s];
    r.name = step_names_[s];
    r.duty = p_.steps[s].every > 0;
    // A step that did not run took no time: so its absence counts in the correlation.
    std::vector<double> durations(steps_.duration[s].begin(), steps_.duration[s].begin() + static_cast<std::ptrdiff_t>(traced));
    for (double& d : durations)
      if (std::isnan(d)) d = 0;
    step_ranks.durations[s] = ranks(durations);
    std::vector<std::pair<Stats*, std::span<double>>> columns{{&r.wait, steps_.wait[s]}, {&r.duration, steps_.duration[s]}, {&r.finish, steps_.finish[s]}};
    if (starts_after[s] == none) columns.emplace_back(&r.start, steps_.start[s]);
    std::vector<std::span<double>> values;
    for (const auto& column : columns) values.push_back(present(column.second, traced));
    const std::vector<Stats> told = summarize(values);
    for (std::size_t c = 0; c < columns.size(); ++c) *columns[c].first = told[c];
    r.ran = static_cast<double>(r.duration.count) / n;
    r.failed = static_cast<double>(counts_.failed[s]) / n;
    r.replaced = static_cast<double>(counts_.replaced[s]) / n;
    const auto first = counts_.waited_on.begin() + static_cast<std::ptrdiff_t>(s * (p_.resources.size() + 1));
    const auto most = std::max_element(first, first + static_cast<std::ptrdiff_t>(p_.resources.size() + 1));
    if (*most > 0) {
      const auto which = static_cast<std::size_t>(most - first);
      r.waits_for = which < p_.resources.size() ? p_.resources[which].name : "needs";
    }
  });
  for (std::size_t s = 0; s < out.size(); ++s)
    if (starts_after[s] != none) out[s].start = out[at(starts_after[s])].finish;
  const Correlations& correlated = correlations(columns_.recovery, step_ranks);
  for (std::size_t s = 0; s < out.size(); ++s) out[s].weight = {out[s].name, static_cast<double>(counts_.critical[s]) / n, correlated[s]};
  return out;
}

OutageResult OutageRun::result() {
  OutageResult out;
  const double n = static_cast<double>(done_);
  out.name = p_.outage;
  out.replications = done_;
  out.stood_down = static_cast<double>(counts_.stood_down) / n;
  out.stopped = static_cast<double>(counts_.stopped) / n;
  out.all_objectives = muster::share(counts_.met_all, done_);
  for (const auto& o : columns_.objectives) out.has_objectives |= o.has_value();
  told_.resize(columns_.count);
  StepRanks step_ranks;
  step_ranks.known.resize(columns_.count);
  if (traced_limit_ > 0) out.steps = step_results(step_ranks);
  for (std::size_t s = 0; s < service_names_.size(); ++s) out.services.push_back(service_result(s, step_ranks));
  const std::uint64_t traced = std::min(done_, traced_limit_);
  for (std::size_t role = 0; traced > 0 && role < steps_.busy.size(); ++role) {
    const std::array<std::span<double>, 2> columns{present(steps_.busy[role], traced), present(steps_.waited[role], traced)};
    const std::vector<Stats> told = summarize(columns);
    out.roles.push_back({p_.resources[role].name, told[0], told[1]});
  }
  out.recovery = stats(columns_.recovery);
  out.work_recovery = stats(columns_.work_recovery);
  out.plan_end = stats(columns_.plan_end);
  return out;
}

}  // namespace muster
