#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "models/progress.h"
#include "sim/gathering.h"
#include "sim/lane_tally.h"
#include "sim/on_threads.h"
#include "sim/simulate.h"
#include "sim/tally.h"

/// The replications of one outage on several threads, gathered so that the number of threads does not show.
///
/// Replications come in blocks of consecutive numbers. Whole numbers are added up by thread; everything where order matters (sums
/// of doubles, samples handed out) is merged block by block in their order. Up to `exact_limit` replications every value is kept; beyond,
/// a sketch by thread.
namespace muster {

/// What consecutive replications of one outage gave, whole blocks of them, before anything is told of it: a value, to be written and read
/// (models/archive.h) and put together by OutageRun::adopt().
struct Gathered {
  std::uint64_t first = 0, count = 0;
  Counts counts;
  std::vector<std::vector<Moments>> blocks;  ///< [block][column]: merged one by one, since sums of doubles depend on the order
  Rows values;                               ///< by column; of an exact run
  std::vector<Sketch> sketches;              ///< by column; of another
  Rows traced;                               ///< likewise
  StepColumns steps;
  template <class Archive>
  friend void archive(Archive& a, Gathered& g) {
    a(g.first, g.count, g.counts, g.blocks, g.values, g.sketches, g.traced, g.steps);
  }
};

class OutageRun {
 public:
  static constexpr std::uint64_t exact_limit = 1'000'000;
  static constexpr std::uint64_t steps_limit = 100'000;
  static constexpr std::uint64_t block = 1024;

  /// `program` and `options` must outlive the run. `planned` decides whether the run begins with values or sketches.
  OutageRun(const Program& program, const Scenario& seen, const SimulationOptions& options, std::uint64_t planned, bool with_cost = false);

  /// Goes on until `replications` are done, or until interrupted (then whole blocks without a gap are done, at least one).
  void run_to(std::uint64_t replications, const std::atomic<bool>* interrupted, const ProgressSink& progress, Progress where,
              const SampleSink& samples);

  /// Also counts what each replication would have been in these, of programs that differ from this one in copies, objectives and costs alone,
  /// as if each ran by itself; to be said before it runs. Without statistics of steps, samples and parts; with a cost all or none.
  void lead(std::vector<OutageRun*> followers) { followers_ = std::move(followers); }

  /// The same for the replications from `first` to `last` alone, of those planned; the run is then good for gather() and nothing else.
  void run_part(std::uint64_t first, std::uint64_t last, const std::atomic<bool>* interrupted, const ProgressSink& progress, Progress where);
  Gathered gather();  ///< consumes
  /// Adds what another run gathered, of the same program, options and plan: the parts in their order. Throws DamagedArchive (models/archive.h)
  /// where it does not fit.
  void adopt(Gathered&& part);

  std::uint64_t done() const { return done_; }
  bool sketched() const { return sketched_; }
  /// Of done(), how many were evaluated in lanes; those that lanes left to true events are not.
  std::uint64_t in_lanes_done() const { return laned_ - counts_.events; }
  /// The widest relative half-width of the 95% intervals of the objectives' quantiles; 0 without objectives.
  double widest() const;
  /// Consumes what was gathered of steps.
  OutageResult result();
  const Columns& columns() const { return columns_; }
  const Moments& moments(std::size_t column) const { return moments_[column]; }
  /// Every value of a column, by replication; of a run that keeps values.
  std::vector<double> take_values(std::size_t column);

 private:
  struct Block {
    std::vector<Moments> moments;
    std::vector<double> rto, rpo, start, end;
    std::uint64_t count = 0;
  };
  bool in_lanes() const { return lane_plan_ != nullptr; }
  /// On which what is kept of steps is told: a few thousand are told sooner than a thread begins.
  unsigned telling_threads() const { return std::min(done_, traced_limit_) < 20'000 ? 1 : threads_for(options_.threads); }
  void work(std::uint64_t replications, const std::atomic<bool>* interrupted, const SampleSink& samples);
  /// Whose columns are gathered by a thread: those of the run, and of those that follow it.
  struct Told {
    OutageRun* run;
    Counts* counts;
    std::unique_ptr<Gathering> gathering;
  };
  template <class Engine>
  std::uint64_t work_in_lanes(std::uint64_t first, std::uint64_t last, Engine& lanes, Replication& r, LaneTally& tally, std::vector<Told>& told, Paths* paths = nullptr);
  std::uint64_t trace_rest(const Course& course, std::uint64_t first, std::uint64_t last, Replication& r, Counts& counts, const std::vector<double*>& columns,
                           Paths& paths);
  void finish(std::uint64_t index, Block&& block, const SampleSink& samples);
  bool is_of_course(std::size_t column) const {
    return column < columns_.rto.size() || column == columns_.recovery || column == columns_.work_recovery || column == columns_.plan_end;
  }
  void take_after(const OutageRun& leader, const Block& theirs, std::uint64_t first, Block& out);
  void follow(Replication& r, std::uint64_t i, Counts& counts, Block& out, std::vector<double>& values);
  void begin_sketching();
  void make_room(std::uint64_t last);
  double order_statistic(std::size_t column, std::uint64_t rank) const;
  Stats stats(std::size_t column);
  using Correlations = std::vector<std::optional<double>>;  ///< by step
  struct StepRanks {
    std::vector<std::vector<double>> durations;      ///< by step
    std::vector<std::optional<Correlations>> known;  ///< by column
  };
  const Correlations& correlations(std::size_t column, StepRanks& of) const;
  ServiceResult service_result(std::size_t s, StepRanks& step_ranks);
  std::vector<StepResult> step_results(StepRanks& step_ranks);
  TargetResult target(double value, std::uint64_t met, std::int32_t column, double confidence);

  const Program& p_;
  const SimulationOptions& options_;
  std::unique_ptr<const LanePlan> lane_plan_;  ///< null: event by event
  std::unique_ptr<const CoursePlan> course_plan_;  ///< null: by all events
  Columns columns_;
  Counts counts_;
  StepColumns steps_;
  bool sketched_ = false;
  Rows values_;                  ///< by column, exact runs
  Rows traced_;                  ///< recovery time columns of the traced replications, when sketched
  std::vector<Sketch> sketches_;
  std::vector<Moments> moments_;
  std::vector<OutageRun*> followers_;
  std::vector<std::string> copies_;  ///< by service, of a run with a cost: what they are
  const OutageRun* leader_ = nullptr;
  std::vector<std::optional<Stats>> told_;  ///< by column, as far as it is
  std::uint64_t traced_limit_;
  std::vector<std::string> service_names_, step_names_;

  std::uint64_t stride_ = block;  ///< replications that a thread takes at a time
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex gathering_;
  std::map<std::uint64_t, Block> early_;  ///< blocks that wait for an earlier one
  std::uint64_t merged_ = 0;              ///< blocks
  std::uint64_t done_ = 0;
  std::uint64_t laned_ = 0;
  std::uint64_t planned_, base_ = 0;      ///< base_: the first replication, of a part; what is kept by replication begins there
  std::optional<std::vector<std::vector<Moments>>> kept_blocks_;  ///< of a part
};

}  // namespace muster
