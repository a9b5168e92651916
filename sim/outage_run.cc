#include "sim/outage_run.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "models/fingerprint.h"
#include "sim/reporter.h"

namespace muster {

OutageRun::OutageRun(const Program& program, const Scenario& seen, const SimulationOptions& options, std::uint64_t planned, bool with_cost)
    : p_(program), options_(options), columns_(program, seen, with_cost), counts_(program, columns_), moments_(columns_.count), traced_limit_(options.steps ? steps_limit : 0), planned_(planned) {
  service_names_.assign(p_.node_names.begin(), p_.node_names.begin() + p_.services);
  step_names_ = p_.step_names;
  values_.resize(columns_.count, 0);
  traced_.resize(columns_.count, 0);
  if (planned > exact_limit) begin_sketching();
  for (const Service& service : seen.services) {
    if (!with_cost) break;
    Scenario alone;
    alone.services.emplace_back().name = service.name;
    alone.services.back().data = service.data;
    copies_.push_back(canonical_json(alone));
  }
  if (!with_cost) {
    auto course = std::make_unique<CoursePlan>(program);
    if (course->enough) course_plan_ = std::move(course);
  }
  if (options.path == Path::event) return;
  auto lanes = std::make_unique<LanePlan>(program);
  if (lanes->reasons.empty()) lane_plan_ = std::move(lanes);
}

void OutageRun::begin_sketching() {
  sketched_ = true;
  sketches_.assign(columns_.count, Sketch());
  const std::uint64_t kept = done_ - base_;
  for (std::size_t c = 0; c < values_.size(); ++c)
    for (double v : values_[c].first(kept)) sketches_[c].add(v);
  traced_ = std::move(values_);
  traced_.resize(columns_.count, std::min(kept, traced_limit_));
  values_ = {};
  values_.resize(columns_.count, 0);
}

void OutageRun::make_room(std::uint64_t last) {
  const auto from_base = [&](std::uint64_t end) { return std::max(std::min(last, end), base_) - base_; };
  (sketched_ ? traced_ : values_).resize(columns_.count, from_base(sketched_ ? traced_limit_ : exact_limit));
  steps_.resize(p_, from_base(traced_limit_));
}

void OutageRun::run_to(std::uint64_t replications, const std::atomic<bool>* interrupted, const ProgressSink& progress,
                       Progress where, const SampleSink& samples) {
  if (!sketched_ && replications > exact_limit) begin_sketching();
  make_room(replications);
  told_.resize(followers_.empty() ? 0 : columns_.count);
  for (OutageRun* follower : followers_) {
    follower->make_room(replications);
    follower->leader_ = this;
  }

  const auto blocks = (replications - done_ + block - 1) / block;
  const auto threads = std::min<std::uint64_t>(threads_for(options_.threads), std::max<std::uint64_t>(1, blocks));
  stride_ = (in_lanes() || course_plan_) && replications - done_ >= threads * 4 * Gathering::side_by_side * block ? Gathering::side_by_side * block : block;
  next_ = done_;
  merged_ = done_;
  const Reporter reporter(progress, [&] {
    const std::lock_guard lock(gathering_);
    where.done = done_;
    where.total = replications;
    return where;
  });
  on_threads(threads, threads, [&](std::size_t) {
    try {
      work(replications, interrupted, samples);
    } catch (...) {
      failed_ = true;
      throw;
    }
  });
}

void OutageRun::work(std::uint64_t replications, const std::atomic<bool>* interrupted, const SampleSink& samples) {
  Replication r(p_);
  DrawsAhead ahead(p_, lane_kernels(options_.isa.value_or(best_isa())));
  if (columns_.cost) r.keep_spells();
  if (!followers_.empty()) r.keep_losses();
  std::vector<Counts> their_counts;
  for (const OutageRun* follower : followers_) their_counts.emplace_back(follower->p_, follower->columns_);
  std::vector<double> their_values;
  Counts counts(p_, columns_);
  std::vector<Sketch> sketches(sketched_ ? columns_.count : 0);
  std::vector<double> values(columns_.count);
  Paths paths;
  std::unique_ptr<Lanes> lanes;
  if (in_lanes() && !samples && (followers_.empty() || !sketched_))
    lanes = std::make_unique<Lanes>(p_, *lane_plan_, lane_kernels(options_.isa.value_or(best_isa())));
  std::unique_ptr<Course> course;
  if (course_plan_ && !lanes && !samples && replications >= lanes::capacity)
    course = std::make_unique<Course>(p_, *course_plan_, lane_kernels(options_.isa.value_or(best_isa())));
  // Where a plan is plain enough, they are as good for statistics of steps.
  std::unique_ptr<Course> tracing;
  std::unique_ptr<CourseTrace> trace;
  if (traced_limit_ > 0 && course_plan_ && !samples && followers_.empty() && replications >= lanes::capacity && CourseTrace::enough(p_, *course_plan_)) {
    tracing = std::make_unique<Course>(p_, *course_plan_, lane_kernels(options_.isa.value_or(best_isa())));
    trace = std::make_unique<CourseTrace>(p_, *course_plan_, columns_);
    tracing->trace(trace.get(), &counts, &steps_, base_, traced_limit_);
  }
  std::vector<Told> told;
  if (lanes || course || tracing) {
    const auto tell = [&](OutageRun& run, Counts& to) {
      told.push_back({&run, &to, std::make_unique<Gathering>(run.columns_.count, sketched_, lane_kernels(options_.isa.value_or(best_isa())))});
    };
    tell(*this, counts);
    for (std::size_t k = 0; lanes && k < followers_.size(); ++k) tell(*followers_[k], their_counts[k]);
  }
  std::vector<LaneTally::Of> tallied;
  for (const Told& each : told) tallied.push_back({&each.run->p_, &each.run->columns_, each.counts, &each.run->copies_});
  LaneTally tally(std::move(tallied));
  std::uint64_t first = 0, end = 0, laned = 0, by_events = 0, all_events = 0, traced = 0, again = 0;
  for (;;) {
    if (first == end) {
      first = next_.fetch_add(stride_);
      if (first >= replications || failed_ || (first > 0 && interrupted && *interrupted)) break;
      end = std::min(first + stride_, replications);
    }
    if (tracing && first < traced_limit_) {
      const std::uint64_t before = counts.events;
      again += work_in_lanes(first, end, *tracing, r, tally, told, &paths);
      traced += end - first;
      if (again > traced / 2) tracing.reset();
      counts.events = before;
      first = end;
      continue;
    }
    if (lanes && first >= traced_limit_) {
      work_in_lanes(first, end, *lanes, r, tally, told);
      laned += end - first;
      // Lanes that mostly need true events cost more than they save; which they are evaluated by does not show.
      if (options_.path != Path::batch && laned >= 4 * block && counts.events > laned / 2) lanes.reset();
      first = end;
      continue;
    }
    if (course && first >= traced_limit_) {
      const std::uint64_t before = counts.events;
      work_in_lanes(first, end, *course, r, tally, told);
      by_events += end - first;
      all_events += counts.events - before;
      if (by_events >= 4 * block && all_events > by_events / 2) course.reset();
      counts.events = before;
      first = end;
      continue;
    }
    Block out;
    out.count = std::min(block, end - first);
    out.moments.resize(columns_.count);
    std::vector<Block> theirs(followers_.size());
    for (std::size_t k = 0; k < theirs.size(); ++k) {
      theirs[k].count = out.count;
      theirs[k].moments.resize(followers_[k]->columns_.count);
    }
    for (std::uint64_t i = first; i < first + out.count; ++i) {
      if ((i - first) % lanes::capacity == 0 && replications >= lanes::capacity) {
        ahead.draw(options_.seed, static_cast<std::uint32_t>(i));
        r.draw_from(&ahead);
      }
      const bool kept = i < traced_limit_;
      r.run(options_.seed, static_cast<std::uint32_t>(i), kept);
      count(p_, columns_, r, counts, values.data());
      for (std::size_t c = 0; c < columns_.count; ++c) {
        out.moments[c].add(values[c]);
        if (sketched_) sketches[c].add(values[c]);
        if (!sketched_)
          values_[c][i - base_] = values[c];
        else if (kept)
          traced_[c][i - base_] = values[c];
      }
      if (kept) count_steps(p_, columns_, r, i - base_, counts, steps_, paths);
      for (std::size_t k = 0; k < theirs.size(); ++k) followers_[k]->follow(r, i, their_counts[k], theirs[k], their_values);
      if (!samples) continue;
      for (std::size_t s = 0; s < service_names_.size(); ++s) {
        out.rto.push_back(r.rto(static_cast<std::int32_t>(s)));
        out.rpo.push_back(r.rpo(static_cast<std::int32_t>(s)));
      }
      if (!options_.sample_steps) continue;
      for (std::size_t s = 0; s < step_names_.size(); ++s) {
        const auto& step = r.step(static_cast<std::int32_t>(s));
        out.start.push_back(step.ran ? step.start : std::nan(""));
        out.end.push_back(step.how == Replication::How::not_ended ? std::nan("") : step.finish);
      }
    }
    const std::uint64_t count = out.count;
    for (std::size_t k = 0; k < theirs.size(); ++k) {
      followers_[k]->take_after(*this, out, first, theirs[k]);
      followers_[k]->finish(first, std::move(theirs[k]), {});
    }
    finish(first, std::move(out), samples);
    first += count;
  }
  for (std::size_t k = 0; k < followers_.size(); ++k) {
    const std::lock_guard lock(followers_[k]->gathering_);
    followers_[k]->counts_.add(their_counts[k]);
  }
  const std::lock_guard lock(gathering_);
  counts_.add(counts);
  laned_ += laned;
  for (std::size_t c = 0; c < sketches.size(); ++c) sketches_[c].merge(sketches[c]);
  if (!told.empty() && sketched_) told.front().gathering->merge_into(sketches_);
}

void OutageRun::follow(Replication& r, std::uint64_t i, Counts& counts, Block& out, std::vector<double>& values) {
  values.resize(std::max(values.size(), columns_.count));
  r.lose_again(p_);
  count(p_, columns_, r, counts, values.data());
  for (std::size_t c = columns_.rto.size(); c < columns_.count; ++c) {
    if (is_of_course(c)) continue;
    out.moments[c].add(values[c]);
    values_[c][i - base_] = values[c];
  }
}

/// What the course alone decides is the leader's.
void OutageRun::take_after(const OutageRun& leader, const Block& theirs, std::uint64_t first, Block& out) {
  for (std::size_t c = 0; c < columns_.count; ++c) {
    if (!is_of_course(c)) continue;
    out.moments[c] = theirs.moments[c];
    std::copy_n(leader.values_[c].begin() + static_cast<std::ptrdiff_t>(first - base_), out.count, values_[c].begin() + static_cast<std::ptrdiff_t>(first - base_));
  }
}

/// Blocks side by side; see Gathering.
template <class Engine>
std::uint64_t OutageRun::work_in_lanes(std::uint64_t first, std::uint64_t last, Engine& lanes, Replication& r, LaneTally& tally, std::vector<Told>& told, Paths* paths) {
  static_assert(block == Gathering::block);
  std::vector<std::vector<double*>> columns;
  for (const Told& each : told) columns.emplace_back(each.run->columns_.count);
  std::uint32_t blocks = 0;
  std::uint64_t again = 0;
  for (std::uint64_t begin = first; begin < last; begin += block, ++blocks)
    for (std::uint64_t i = 0; i < std::min(block, last - begin); i += lanes::capacity) {
      for (std::size_t k = 0; k < told.size(); ++k)
        for (std::size_t c = 0; c < columns[k].size(); ++c) columns[k][c] = told[k].gathering->values(c, blocks) + i;
      const auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(lanes::capacity, std::min(block, last - begin) - i));
      tally.count(lanes, r, options_.seed, static_cast<std::uint32_t>(begin + i), n, columns);
      if constexpr (std::is_same_v<Engine, Course>)
        if (paths) again += trace_rest(lanes, begin + i, std::min({begin + block, last, traced_limit_}), r, *told.front().counts, columns.front(), *paths);
    }
  for (Told& each : told) {
    OutageRun& run = *each.run;
    each.gathering->take_in(blocks, static_cast<std::uint32_t>(last - first - (blocks - 1) * block));
    for (std::uint32_t b = 0; b < blocks; ++b) {
      Block out;
      out.count = std::min(block, last - first - b * block);
      for (std::size_t c = 0; c < run.columns_.count; ++c) {
        out.moments.push_back(each.gathering->moments(c, b));
        if (!sketched_) std::copy_n(each.gathering->values(c, b), out.count, run.values_[c].begin() + static_cast<std::ptrdiff_t>(first - base_ + b * block));
      }
      run.finish(first + b * block, std::move(out), {});
    }
  }
  return again;
}

/// What tracing leaves: those replications again, by all events; returns how many. And values that are kept beside sketches.
std::uint64_t OutageRun::trace_rest(const Course& course, std::uint64_t first, std::uint64_t last, Replication& r, Counts& counts, const std::vector<double*>& columns,
                                    Paths& paths) {
  std::uint64_t again = 0;
  last = std::min<std::uint64_t>(last, first + lanes::capacity);
  for (std::uint64_t i = first; i < last; ++i) {
    for (std::size_t c = 0; sketched_ && c < columns.size(); ++c) traced_[c][i - base_] = columns[c][i - first];
    if (course.traced(static_cast<std::uint32_t>(i - first))) continue;
    ++again;
    r.run(options_.seed, static_cast<std::uint32_t>(i), true);
    count_steps(p_, columns_, r, i - base_, counts, steps_, paths);
  }
  return again;
}

/// Merges blocks in their order; one that comes early waits for those before it.
void OutageRun::finish(std::uint64_t first, Block&& finished, const SampleSink& samples) {
  const std::lock_guard lock(gathering_);
  early_.emplace(first, std::move(finished));
  for (auto it = early_.begin(); it != early_.end() && it->first == merged_; it = early_.erase(it)) {
    const Block& b = it->second;
    for (std::size_t c = 0; c < columns_.count; ++c) moments_[c].merge(b.moments[c]);
    if (kept_blocks_) kept_blocks_->push_back(b.moments);
    if (samples)
      samples({p_.outage, service_names_, options_.sample_steps ? std::span<const std::string>(step_names_) : std::span<const std::string>(),
               merged_, b.count, b.rto, b.rpo, b.start, b.end});
    merged_ += b.count;
    done_ = merged_;
  }
}

double OutageRun::order_statistic(std::size_t column, std::uint64_t rank) const {
  if (rank == 0) return sketched_ ? sketches_[column].min() : 0;
  if (rank > done_) return never;
  if (sketched_) return sketches_[column].quantile(rank);
  std::vector<double> v(values_[column].begin(), values_[column].begin() + static_cast<std::ptrdiff_t>(done_));
  const auto at = v.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(v.begin(), at, v.end());
  return *at;
}

std::vector<double> OutageRun::take_values(std::size_t column) {
  const auto values = values_[column].first(done_);
  return {values.begin(), values.end()};
}

double OutageRun::widest() const {
  double widest = 0;
  for (std::size_t s = 0; s < columns_.objectives.size(); ++s) {
    const auto& o = columns_.objectives[s];
    if (!o) continue;
    const Ranks ranks = quantile_ranks(o->confidence, done_);
    for (const std::int32_t c : {o->rto ? columns_.rto_of[s] : none, o->rpo ? columns_.rpo_of[s] : none}) {
      if (c == none) continue;
      const auto column = static_cast<std::size_t>(c);
      widest = std::max(widest, relative_half_width({order_statistic(column, ranks.low), order_statistic(column, ranks.high)}));
    }
  }
  return widest;
}

}  // namespace muster
