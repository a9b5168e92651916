#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "models/run_progress.h"
#include "sim/program.h"

/// A run's progress in the terms of its program: names turned into indices, and what every replication that goes on from there
/// needs, computed once.
namespace muster {

struct Standing {
  using State = RunProgress::Step::State;
  struct Step {
    bool known = false;              ///< mentioned: it is ready, or has ended
    State state = State::waiting;
    double ready = 0, began = 0, attempt_began = 0, ended = 0;
    bool ran = false;
    std::uint32_t attempt = 0, instance = 0;
    std::int32_t stand_in = none;    ///< of replaced and stood_in_for: the fallback that has its place
    // Of a running attempt:
    bool overdue = false;            ///< it runs longer than it can
    std::int32_t pivot = none;       ///< the random part of its `takes` that is drawn last, given the others: the widest
    bool alone = true;               ///< pivot is the only random part
    double least = 0, survival = 1;  ///< alone: the pivot takes longer than `least`, which had this probability
    double most = 1;                 ///< a bound of that probability over all lengths of the others
    bool contended = false;          ///< a transfer of it shares its link with another's that runs
    Stream still;
  };
  struct Role {
    bool asked_already = false;
    double asked = 0;
    std::int32_t arrived = 0;
  };
  struct End {
    double at;
    std::int32_t step;
  };
  /// An attempt, for what its transfers take of their links: from `began` to `ended`; the running one has no end.
  struct Attempt {
    double began, ended;
    std::int32_t step;
    std::uint32_t attempt;
  };
  struct Back {
    double at;
    std::int32_t service;
  };
  /// Of the steps whose durations are correlated: those that are known first, then those that are only known to take longer.
  struct Copula {
    std::vector<std::size_t> order;      ///< rows of the program's factor
    std::vector<double> factor;          ///< lower triangular, in that order, by rows
    std::vector<double> normals;         ///< independent ones that give the known durations
    std::vector<double> least;           ///< of those that run, in that order: the correlated normal is larger than this
  };

  double now = 0;
  std::optional<double> onset;
  std::vector<Step> steps;
  std::vector<Role> roles;               ///< by resource
  std::vector<RunProgress::Strike> strikes;
  std::vector<End> ends;                 ///< duties apart; by time, then by causality
  std::vector<std::int32_t> waiting;     ///< steps that are ready and have not begun, by when they were
  std::vector<Attempt> transfers;        ///< running attempts that are no plain ones, and past ones that shared their links; by beginning
  std::vector<Back> back;                ///< by time
  bool stops = false;                    ///< a step has failed for good and the plan stops with it
  bool contended = false;                ///< any of the steps
  std::optional<Copula> copula;          ///< absent: nothing is known of correlated durations

  /// Names that the program does not have are passed over.
  Standing(const Program& program, const RunProgress& progress);
};

/// What a random part must exceed so that an attempt that began at `began` has not ended at `now`, its transfers alone on their
/// links; `lengths` holds those of all other laws, by part.
double least_of(const Program& program, const Program::Step& step, std::int32_t pivot, double began, double now, const std::vector<double>& lengths);

/// The value of a law, given that it is larger than `least`, whose probability (> 0) is `survival`: F(least) + survival u put through
/// the quantile function, without loss in the upper tail. With survival 1 it is law(u), bit for bit.
double value_beyond(const QuantileTable& law, double least, double survival, Uniform01 u);

}  // namespace muster
