#pragma once
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/lane_plan.h"

/// How a LanePlan is made, in four files; nobody else includes this.
namespace muster {

class LanePlanner {
 public:
  LanePlanner(const Program& program, LanePlan& plan) : p_(program), plan_(plan), n_(program.steps.size()) {}
  void run();

 private:
  void because(std::string reason) { plan_.reasons.push_back(std::move(reason)); }
  const std::string& name(std::size_t s) const { return p_.step_names[s]; }
  std::tuple<double, double> rank(std::size_t s) const { return {-p_.steps[s].priority, -p_.steps[s].remaining_path}; }
  bool goes_first(std::size_t a, std::size_t b) const { return std::tuple(rank(a), a) < std::tuple(rank(b), b); }
  static bool all_done(const std::set<std::int32_t>& steps, const std::vector<char>& done) {
    return std::all_of(steps.begin(), steps.end(), [&](std::int32_t s) { return done[at(s)] != 0; });
  }

  // The order (lane_plan.cc).
  void refuse();
  /// Whether the step is a duty of which anyone else notices anything.
  bool matters(std::size_t s) const;
  void find_trees();
  void find_resources();
  /// A step waits for the ends of those it comes after and for who calls it. It had better come after what brings back what it needs, too; where
  /// that goes in a circle, what it needs is guessed, and looked at again in the end.
  void find_dependencies();
  void add_members(std::uint32_t clause, std::set<std::int32_t>& nodes) const;
  /// By the mean instant at which each asked for its seats in a few replications: any order would be right,
  /// but the nearer it is to the usual one, the fewer lanes need true events.
  void put_in_order();
  bool may_be_committed(const std::vector<char>& done) const;
  void mark();

  // Steps one by one, and their seats (lane_plan_seats.cc).
  bool may_stop(std::size_t s) const {
    const auto& step = p_.steps[s];
    return step.on_failure == OnFailure::stop && (step.fails > 0 || step.timeout < Program::forever || step.waits_at_most < Program::forever);
  }
  bool may_end_late(std::size_t s) const { return p_.steps[s].waits_at_most < Program::forever || p_.steps[s].only_if.size() > 0 || may_take_no_time(s); }
  bool brief(std::size_t s) const { return p_.steps[s].waits_at_most < Program::forever || (p_.steps[s].seats.size() > 0 && may_take_no_time(s)); }
  bool simple(std::size_t s) const;
  bool may_take_no_time(std::size_t s) const;
  void judge(std::size_t k);
  std::set<std::int32_t> find_needed(LanePlan::Step& mine) const;
  void find_asks(LanePlan::Step& mine) const;
  bool share_resource(const LanePlan::Step& a, const LanePlan::Step& b) const;
  /// What makes `later` ready comes no earlier than what makes `earlier` ready, whatever is drawn.
  bool provably_before(std::size_t earlier, std::size_t later) const;
  bool same_causes(std::size_t a, std::size_t b) const;
  /// Whether a step may hold seats for no time at all, or run out of patience after seats were granted: then
  /// what happens at one instant has an order of its own.
  bool instant_holders();

  // Who is taken turn by turn (lane_plan_queue.cc).
  /// Where whoever shares a resource is simple, and their order is not the same in every replication, they are taken turn by turn, all at one place of
  /// the order.
  void queue();
  /// A step that always runs, and nobody in its place, ends no earlier than those that it comes after.
  void find_whom_to_wait_for();

  // Duties, and who is passed (lane_plan_duties.cc).
  /// It asks now and then between those steps that want the same, from when it is known when it first falls due.
  void add_duty(std::size_t s);
  /// The last before it of those that share its seats, where nothing between them hangs on that one.
  void find_whom_it_passes(LanePlan::Step& mine);
  /// How many of the order have been done when all of these have.
  std::size_t done_after(const std::set<std::int32_t>& steps) const;

  const Program& p_;
  LanePlan& plan_;
  std::size_t n_;
  std::vector<std::set<std::int32_t>> before_, better_, ancestors_;
  std::vector<std::set<std::int32_t>> causes_, may_hang_on_;  ///< by step: all that can ask no more once it is ready; all that can delay it
  int instant_ = -1;
};

}  // namespace muster
