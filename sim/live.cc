#include "sim/live.h"

#include <algorithm>

#include "models/predicted.h"
#include "models/statistics.h"
#include "sim/replication.h"

namespace muster {
namespace {

LiveForecast::Finish finish_of(std::vector<double> times) {
  LiveForecast::Finish out;
  if (times.empty()) return out;
  std::sort(times.begin(), times.end());
  const auto at = [&](double level) { return times[rank_of(level, times.size()) - 1]; };
  out.p10 = at(0.1);
  out.p50 = at(0.5);
  out.p90 = at(0.9);
  const auto end = std::lower_bound(times.begin(), times.end(), never);
  double sum = 0;
  for (auto t = times.begin(); t != end; ++t) sum += *t;
  out.expected = end == times.begin() ? never : sum / static_cast<double>(end - times.begin());
  out.never_share = static_cast<double>(times.end() - end) / static_cast<double>(times.size());
  return out;
}

/// Of the steps on the critical path, the one that takes longest from now on; none where nothing on it is still to come.
std::int32_t longest_from(const Replication& r, const std::vector<std::int32_t>& path, double now) {
  std::int32_t longest = none;
  double most = 0;
  for (const std::int32_t s : path) {
    const Replication::StepRun& step = r.step(s);
    const double takes = step.run_end - std::max(step.start, now);
    if (!step.ran || takes <= most) continue;
    most = takes;
    longest = s;
  }
  return longest;
}

}  // namespace

LiveSimulation::LiveSimulation(const Scenario& scenario, const std::string& outage, const std::optional<Onset>& at)
    : program_(compile(with_predicted_laws(scenario), outage, at)) {
  const Scenario& seen = scenario.seen_by(outage);
  for (std::size_t s = 0; s < seen.services.size(); ++s)
    if (const auto& objective = seen.services[s].objective; objective && objective->rto)
      objectives_.push_back({static_cast<std::int32_t>(s), *objective->rto, objective->confidence});
}

LiveForecast LiveSimulation::forecast(const RunProgress& progress, std::uint64_t seed, std::uint64_t replications, std::uint64_t least,
                                      const std::function<bool()>& enough) const {
  const Standing standing(program_, progress);
  Replication r(program_);
  std::vector<std::vector<double>> times(objectives_.size());
  std::vector<double> recovery;
  std::vector<std::uint64_t> decides(program_.steps.size()), met(objectives_.size());
  std::vector<std::int32_t> path;
  std::uint64_t done = 0;
  while (done < replications && !(enough && done >= least && enough())) {
    r.resume(standing, seed, static_cast<std::uint32_t>(done++));
    std::int32_t last = none;
    double latest = -1;
    for (std::size_t o = 0; o < objectives_.size(); ++o) {
      const double t = r.rto(objectives_[o].service);
      times[o].push_back(t);
      met[o] += t <= objectives_[o].target;
      if (t > latest) latest = t, last = objectives_[o].service;
    }
    recovery.push_back(r.recovery());
    if (objectives_.empty()) last = r.last_service();
    r.critical_path(last, path);
    if (const std::int32_t step = longest_from(r, path, progress.now); step != none) ++decides[static_cast<std::size_t>(step)];
  }
  LiveForecast out;
  out.now = progress.now;
  out.seed = seed;
  out.replications = done;
  for (std::size_t o = 0; o < objectives_.size(); ++o) {
    const Share chance = share(met[o], done);
    out.services.push_back({program_.node_names[static_cast<std::size_t>(objectives_[o].service)], objectives_[o].target,
                            objectives_[o].confidence, chance.met, chance.ci, finish_of(std::move(times[o]))});
  }
  out.recovery = finish_of(std::move(recovery));
  if (const auto most = std::max_element(decides.begin(), decides.end()); most != decides.end() && *most > 0) {
    out.deciding = program_.step_names[static_cast<std::size_t>(most - decides.begin())];
    out.deciding_share = static_cast<double>(*most) / static_cast<double>(done);
  }
  for (std::size_t s = 0; s < standing.steps.size(); ++s)
    if (standing.steps[s].overdue && !standing.steps[s].contended) out.overdue.push_back(program_.step_names[s]);
  return out;
}

}  // namespace muster
