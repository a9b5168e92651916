#pragma once
#include <cstdint>
#include <set>
#include <vector>

#include "sim/program.h"

/// Steps that ask for seats in an order which is not the same in every replication, as the lane engine takes them: turn by turn, whoever's
/// turn it is in each lane.
///
/// Who may be served at a turn is known beforehand: not who surely comes after more than that, or before. Compiled from a Program; immutable.
namespace muster {

struct LaneQueue {
  struct Pool {
    std::int32_t resource;
    std::uint32_t each;                    ///< seats that a step takes
  };
  struct Candidate {
    std::int32_t step;
    std::uint32_t pool;                    ///< into `pools`
    bool outranked;                        ///< by all before it; otherwise as the one before it
    bool late = false;                     ///< left out at the turn before although it might have been its turn
    bool yields = false;                   ///< goes after somebody who is late at the next turn if both were ready at one instant
  };
  struct Turn {
    std::vector<std::int32_t> looked_at;   ///< steps whose beginning may have become known, each after those before it
    std::vector<Candidate> candidates;     ///< in dispatch order
    bool is_late() const;                  ///< whether any of them is
  };
  std::vector<Pool> pools;
  std::vector<std::int32_t> steps;         ///< those that ask, and those that lie between them; each after those before it
  std::vector<char> asks;                  ///< by step: whether it asks here
  std::vector<Turn> turns;                 ///< empty: there is no queue

  bool has(std::int32_t step) const;
  /// Whether everybody waits in one line, in which the first to be ready is served first.
  bool in_line() const;
  void tighten();
  /// Finds what is looked at, where `waits_for` is LanePlan's.
  void look(const std::vector<std::vector<std::int32_t>>& waits_for);
  /// Without the candidates, counted over all turns, of which one in `ever_served` is 0. What is served then is right wherever no one who is late was ready
  /// before whoever was served at the turn before. Only where in_line().
  LaneQueue narrowed(const std::vector<std::uint32_t>& ever_served, const std::vector<std::vector<std::int32_t>>& waits_for) const;
};

/// What the queue is made from: the plan's own findings.
struct LaneQueueParts {
  const Program& program;
  const std::vector<std::set<std::int32_t>>& before;  ///< by step: those that must have ended
  std::vector<char> simple;                ///< by step: runs as soon as those before it have ended, and nobody in its place
  std::vector<char> holds_briefly;         ///< by step: may hold seats for no time
  std::vector<std::int32_t> resource;      ///< by step: the only one of which it wants limited seats, none: it wants none or of several
  std::vector<char> queued;                ///< by resource: whether all of its users may be in a queue
};

/// A queue of all users of these resources, or none where that would not be exact, or cost more than it saves.
LaneQueue make_queue(const LaneQueueParts& parts);

}  // namespace muster
