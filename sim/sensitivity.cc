#include "sim/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "models/sobol.h"
#include "models/statistics.h"
#include "sim/blocks.h"
#include "sim/replication.h"

namespace muster {
namespace {

/// The same draw of another world: as good as independent of the first.
void redraw(Stream& stream) { stream.name ^= 0xa3ec647659359acdu; }
/// What is true of a calibrated law is part of the same luck.
void redraw_belief(Program& q, const Sampler& law) {
  if (law.belief != none) q.beliefs[static_cast<std::size_t>(law.belief)].redraw_under(0xa3ec647659359acdu);
}
void redraw_step(Program& q, std::size_t s) {
  redraw(q.steps[s].stream);
  redraw(q.steps[s].retry_stream);
  if (q.steps[s].parts.size() > 0) redraw_belief(q, q.parts[q.steps[s].parts.begin].law);
}

struct Factor {
  SobolIndex::Kind kind;
  std::string name;
  std::function<void(Program&)> redraw;
};

bool varies(const Program& p, const Program::Step& s) {
  bool random = s.fails > 0 || (s.attempts > 1 && s.retry_after.table != none);
  for (std::uint32_t i = s.parts.begin; i < s.parts.end; ++i) random |= p.parts[i].law.table != none;
  return random;
}

void add_steps(const Program& p, std::vector<Factor>& out) {
  // Steps whose first attempts are drawn together cannot be told apart: all of them are one factor.
  std::vector<std::size_t> together;
  for (std::size_t s = 0; s < p.steps.size(); ++s) {
    if (p.steps[s].correlated != none)
      together.push_back(s);
    else if (varies(p, p.steps[s]))
      out.push_back({SobolIndex::Kind::step, p.step_names[s], [s](Program& q) {
                       redraw_step(q, s);
                     }});
  }
  if (together.empty()) return;
  std::string name;
  for (std::size_t s : together) name += (name.empty() ? "" : " + ") + p.step_names[s];
  out.push_back({SobolIndex::Kind::step, name, [together](Program& q) {
                   for (std::size_t s : together) redraw_step(q, s);
                 }});
}

std::vector<Factor> factors_of(const Program& p) {
  std::vector<Factor> out;
  add_steps(p, out);
  for (std::size_t r = 0; r < p.resources.size(); ++r)
    if (p.resources[r].responds && (p.resources[r].on_hours.table != none || p.resources[r].off_hours.table != none))
      out.push_back({SobolIndex::Kind::role, p.resources[r].name, [r](Program& q) {
                       redraw(q.resources[r].stream);
                       redraw_belief(q, q.resources[r].on_hours);
                       if (q.resources[r].off_hours.belief != q.resources[r].on_hours.belief) redraw_belief(q, q.resources[r].off_hours);
                     }});
  bool length = p.has_lasts && p.lasts.table != none, strikes = false;
  for (const auto& s : p.strikes) {
    length |= s.own_lasts && s.lasts.table != none;
    strikes |= s.probability < 1 || s.after.table != none;
  }
  if (length)
    out.push_back({SobolIndex::Kind::length, p.outage, [](Program& q) {
                     redraw(q.lasts_stream);
                     redraw_belief(q, q.lasts);
                     for (auto& s : q.strikes) redraw(s.lasts_stream);
                   }});
  if (strikes)
    out.push_back({SobolIndex::Kind::strikes, p.outage, [](Program& q) {
                     for (auto& s : q.strikes) redraw(s.stream);
                   }});
  if (p.onset_matters && !(p.starts && p.starts->dated))
    out.push_back({SobolIndex::Kind::moment, p.outage, [](Program& q) { redraw(q.onset_stream); }});
  return out;
}

struct Change {
  Lever::Kind kind;
  std::string name;
  Scenario scenario;
};

constexpr double faster = 0.9;  // a tenth less time

void hasten(std::optional<CalibratedLaw>& law) {
  if (law) law->scores = law->scores.scaled(faster);
}

void hasten(Part& part) {
  if (auto* law = std::get_if<Distribution>(&part)) *law = law->scaled(faster);
  if (auto* transfer = std::get_if<Transfer>(&part)) transfer->bytes *= faster;
  if (auto* drain = std::get_if<Drain>(&part)) drain->served = drain->arrives + (drain->served - drain->arrives) / faster;
}

/// One more of whom and what the plan holds, and everything that takes time a tenth faster.
std::vector<Change> changes_of(const Scenario& seen, const std::string& outage) {
  std::vector<Change> out;
  const auto name = std::find_if(seen.outages.begin(), seen.outages.end(), [&](const Outage& o) { return o.name == outage; });
  const auto plan = std::find_if(seen.plans.begin(), seen.plans.end(), [&](const Plan& p) { return p.name == name->plan; });
  const auto plan_index = plan - seen.plans.begin();
  const auto held = [&](const std::string& of, std::vector<Seats> Step::*seats) {
    return std::any_of(plan->steps.begin(), plan->steps.end(), [&](const Step& s) {
      return std::any_of((s.*seats).begin(), (s.*seats).end(), [&](const Seats& one) { return one.of == of; });
    });
  };
  const auto carries = [&](const std::string& link) {
    return std::any_of(plan->steps.begin(), plan->steps.end(), [&](const Step& s) {
      return std::any_of(s.takes.begin(), s.takes.end(), [&](const Part& p) { return std::get_if<Transfer>(&p) && std::get<Transfer>(p).over == link; });
    });
  };
  const auto add = [&](Lever::Kind kind, const std::string& of, const auto& change) {
    out.push_back({kind, of, seen});
    out.back().scenario.as_seen_by.clear();
    change(out.back().scenario);
  };
  for (std::size_t r = 0; r < seen.roles.size(); ++r) {
    if (!held(seen.roles[r].name, &Step::by)) continue;
    add(Lever::Kind::seat, seen.roles[r].name, [&](Scenario& s) { ++s.roles[r].count; });
    if (seen.roles[r].responds)
      add(Lever::Kind::faster_response, seen.roles[r].name, [&](Scenario& s) {
        s.roles[r].responds->on_hours = s.roles[r].responds->on_hours.scaled(faster);
        s.roles[r].responds->off_hours = s.roles[r].responds->off_hours.scaled(faster);
        hasten(s.roles[r].responds->on_calibrated);
        hasten(s.roles[r].responds->off_calibrated);
      });
  }
  for (std::size_t c = 0; c < seen.capacity.size(); ++c) {
    if (seen.capacity[c].slots && held(seen.capacity[c].name, &Step::uses))
      add(Lever::Kind::slot, seen.capacity[c].name, [&](Scenario& s) { ++*s.capacity[c].slots; });
    if (seen.capacity[c].rate && carries(seen.capacity[c].name))
      add(Lever::Kind::faster_link, seen.capacity[c].name, [&](Scenario& s) { *s.capacity[c].rate /= faster; });
  }
  for (std::size_t i = 0; i < plan->steps.size(); ++i) {
    if (plan->steps[i].takes.empty()) continue;
    add(Lever::Kind::faster_step, plan->steps[i].name, [&](Scenario& s) {
      Step& step = s.plans[static_cast<std::size_t>(plan_index)].steps[i];
      for (Part& part : step.takes) hasten(part);
      hasten(step.calibrated);
    });
  }
  return out;
}

using Recoveries = std::vector<std::vector<double>>;  ///< [which][replication]

class Study {
 public:
  Study(const Scenario& scenario, const std::string& outage, const SimulationOptions& options, const ProgressSink& progress, const std::atomic<bool>* interrupted, const SensitivityScope& scope)
      : seen_(scenario.seen_by(outage)), program_(compile(scenario, outage, options.at)), options_(options), progress_(progress), interrupted_(interrupted), replications_(scope.replications), factors_(factors_of(program_)),
        changes_(scope.levers ? changes_of(seen_, outage) : std::vector<Change>()) {
    which_.push_back(none);
    for (std::size_t s = 0; s < seen_.services.size(); ++s)
      if (seen_.services[s].objective && seen_.services[s].objective->rto) which_.push_back(static_cast<std::int32_t>(s));
  }

  std::optional<OutageSensitivity> run() {
    const Recoveries a = recoveries(program_);
    Program other = program_;
    for (const Factor& f : factors_) f.redraw(other);
    const Recoveries b = recoveries(other);
    OutageSensitivity out;
    out.replications = replications_;
    for (std::size_t w = 0; w < which_.size() && !stopped(); ++w) begin(out, a, b, w);
    for (const Factor& f : factors_) {
      Program mixed = program_;
      f.redraw(mixed);
      const Recoveries ab = recoveries(mixed);
      for (std::size_t w = 0; w < which_.size() && !stopped(); ++w) {
        if (!out.recoveries[w].varies) continue;
        const SobolEstimate e = sobol_indices(finite_[w].first, finite_[w].second, capped(ab[w], caps_[w]));
        out.recoveries[w].factors.push_back({f.kind, f.name, e.first, e.total, e.first_ci, e.total_ci});
      }
    }
    for (const Change& change : changes_) {
      const Recoveries after = recoveries(compile(change.scenario, program_.outage, options_.at));
      for (std::size_t w = 0; w < which_.size() && !stopped(); ++w) {
        const PairedChange c = paired_quantile_change(a[w], after[w], out.recoveries[w].level);
        out.recoveries[w].levers.push_back({change.kind, change.name, c.change, c.ci});
      }
    }
    if (stopped()) return {};
    for (RecoverySensitivity& r : out.recoveries) order(r);
    return out;
  }

 private:
  bool stopped() const { return interrupted_ && *interrupted_; }

  Recoveries recoveries(const Program& program) {
    Recoveries out(which_.size(), std::vector<double>(replications_));
    if (stopped()) return out;
    const BlocksToRun work{0, replications_, 512, options_.threads, interrupted_};
    const auto make_worker = [&] {
      return [&, r = std::make_unique<Replication>(program)](std::uint64_t first, std::uint64_t count) {
        for (std::uint64_t i = first; i < first + count; ++i) {
          r->run(options_.seed, static_cast<std::uint32_t>(i), false);
          for (std::size_t w = 0; w < which_.size(); ++w) out[w][i] = which_[w] == none ? r->recovery() : r->rto(which_[w]);
        }
        return true;
      };
    };
    run_blocks(work, {}, {}, make_worker, [](std::uint64_t, std::uint64_t, bool) {});
    ++runs_;
    const std::uint64_t all = 2 + factors_.size() + changes_.size();
    if (progress_) progress_({program_.outage + " (sensitivity)", runs_ * replications_, all * replications_, 0, 1});
    return out;
  }

  static std::vector<double> capped(std::vector<double> values, double cap) {
    for (double& v : values)
      if (std::isinf(v)) v = cap;
    return values;
  }

  void begin(OutageSensitivity& out, const Recoveries& a, const Recoveries& b, std::size_t w) {
    RecoverySensitivity r;
    if (which_[w] != none) {
      r.service = seen_.services[static_cast<std::size_t>(which_[w])].name;
      r.level = seen_.services[static_cast<std::size_t>(which_[w])].objective->confidence;
    }
    std::vector<double> sorted = a[w];
    std::sort(sorted.begin(), sorted.end());
    r.quantile = sorted[rank_of(r.level, sorted.size()) - 1];
    double cap = 0, least = never;
    for (const auto* column : {&a[w], &b[w]})
      for (double v : *column) {
        if (!std::isinf(v)) cap = std::max(cap, v);
        least = std::min(least, v);
      }
    caps_.push_back(cap);
    finite_.emplace_back(capped(a[w], cap), capped(b[w], cap));
    r.varies = least < cap;
    out.recoveries.push_back(std::move(r));
  }

  static void order(RecoverySensitivity& r) {
    std::stable_sort(r.factors.begin(), r.factors.end(), [](const SobolIndex& x, const SobolIndex& y) { return x.total > y.total; });
    const auto rank = [](const Lever& l) { return std::isnan(l.change) ? never : l.change; };
    std::stable_sort(r.levers.begin(), r.levers.end(), [&](const Lever& x, const Lever& y) { return rank(x) < rank(y); });
  }

  const Scenario& seen_;
  const Program program_;
  const SimulationOptions& options_;
  const ProgressSink& progress_;
  const std::atomic<bool>* interrupted_;
  const std::uint64_t replications_;
  const std::vector<Factor> factors_;
  const std::vector<Change> changes_;
  std::vector<std::int32_t> which_;  ///< services; none: the last to recover
  std::vector<std::pair<std::vector<double>, std::vector<double>>> finite_;  ///< a and b, by which
  std::vector<double> caps_;
  std::uint64_t runs_ = 0;
};

}  // namespace

std::optional<OutageSensitivity> sensitivity(const Scenario& scenario, const std::string& outage, const SimulationOptions& options,
                                             const ProgressSink& progress, const std::atomic<bool>* interrupted, const SensitivityScope& scope) {
  return Study(scenario, outage, options, progress, interrupted, scope).run();
}

}  // namespace muster
