#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/lane_queue.h"
#include "sim/program.h"

/// A program as the lane engine goes through it: which step after which, and what it has to look out for.
///
/// Compiled from a Program, which must outlive it; immutable, so threads share it.
namespace muster {

struct LanePlan {
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  struct Resource {
    bool limited = false;     ///< whether anyone can ever wait for it
    bool looked_at = false;   ///< whether some step's place in the order has to be looked at
    std::uint32_t first = 0;  ///< of its seats among all
    std::uint32_t count = 0;
  };
  /// A duty that asks for the same seats as a step, and whether the step goes first where both ask at one instant.
  struct Rival {
    std::uint32_t duty;
    bool goes_after;
  };
  struct Step {
    std::int32_t step;
    bool simple =
        false;  ///< always runs as soon as those before it have ended, and nothing calls or replaces it
    bool ordered =
        true;  ///< that it asks for seats no earlier than the steps before it in this order needs no look
    bool look_at_ties = false;            ///< whether one of those may be made to ask only after seats were granted at an instant
    bool may_end_late = false;            ///< whether it may end at an instant after steps became ready at it: for it takes no time, is passed, or runs out of patience
    bool brief = false;                   ///< whether it may do anything of that kind: hold seats for no time, or run out of patience
    bool several = false;                 ///< asks for more than one seat
    std::vector<std::uint32_t> asks;      ///< its Program::Seats of limited resources
    std::vector<std::int32_t> goes_before;  ///< steps before it in this order before which it would go if both ask at the same instant
    std::vector<std::int32_t> overtaken;  ///< steps before it in this order, and duties, that it would overtake in a queue
    std::size_t passes = nowhere;      ///< place of the one of those that in such a lane can be taken back and done after it
    bool is_passed = false;            ///< by any
    std::vector<std::int32_t> needed;  ///< nodes that its needs depend on, those first that others depend on
    bool unsure = false;      ///< whether what it needs may be brought back by steps after it in this order, or otherwise once the plan is committed
    bool instant = false;     ///< whether what it needs may come back at the very instant at which it looks, but after that
    bool last_of_tree = false;         ///< after it the steps that call one another can be ended
    std::size_t place = 0;             ///< in the order
    std::vector<Rival> duties;         ///< those that may have begun, in dispatch order
  };
  /// A duty that can make a difference: by the seats that it takes, or by stopping the plan.
  struct Duty {
    Step asks;
    std::size_t first;                 ///< how many of `order` have to be done until it is known when it first falls due
    std::size_t until;                 ///< until it is known when it ends
    bool goes_after = true;            ///< whoever asks for its seats and is done before `first`
    bool may_stop = false;             ///< the plan; then all of its instances are looked at
  };
  std::vector<std::string> reasons;  ///< why the program needs true events; empty: it does not
  std::vector<Step> order;           ///< without those of the queue
  std::vector<Duty> duties;          ///< in dispatch order
  LaneQueue queue;
  std::size_t queue_at = 0;          ///< how many of `order` come before it
  std::vector<Resource> resources;
  bool unsure = false;               ///< whether any step is
  bool may_stop = false;             ///< whether a plan that is stopped can be told from what its steps did, as begins() says
  std::vector<std::vector<std::int32_t>> waits_for;  ///< by step: of those that it comes after, whoever does not come before another of them for sure
  std::uint32_t seats = 0;         ///< of all limited resources
  std::vector<std::int32_t> tree;  ///< by step: the step at the root of those that call one another
  std::vector<std::vector<std::int32_t>>
      trees;  ///< by root: its steps, callers first; one where nothing is called

  explicit LanePlan(const Program& program);
};

}  // namespace muster
