#pragma once
#include <cstdint>
#include <vector>

#include "sim/course_plan.h"
#include "sim/tally.h"

/// What statistics of steps and roles need of one replication, from what Course finds out about it: when each step was ready, began and ended. What each
/// waited for last follows from these, and so do the critical paths.
///
/// Counted is what count_steps() counts of Replication, bit for bit; or nothing, where two things at one instant leave open which came first. Belongs to
/// one thread; touches no heap after construction.
namespace muster {

class CourseTrace {
 public:
  /// Whether a plan can be traced: what is struck is struck for good, nobody has to be called, and every attempt ends in one go.
  static bool enough(const Program& program, const CoursePlan& plan);
  CourseTrace(const Program& program, const CoursePlan& plan, const Columns& columns);

  // Of the present replication, by step; written by Course.
  std::vector<double> ready, start, end;
  std::vector<char> won;
  std::vector<double> between;  ///< when attempts that failed ended, and the pauses after them; where no more than most_between are kept
  static constexpr std::size_t most_between = 1000;

  bool count(std::size_t index, Counts& counts, StepColumns& out);

 private:
  struct Cause {
    std::int32_t by, thing;
  };
  struct Up {
    double time;
    std::int32_t by;
  };
  bool find_causes();
  bool find_predecessor(std::size_t step);
  bool find_giver(std::size_t step);
  bool find_recoveries();
  bool met(const CoursePlan::Clause& clause, Up& when);
  void add_up_roles();
  void add_up_waits();
  void count_paths(Counts& counts);

  const Program& p_;
  const CoursePlan& plan_;
  const Columns& columns_;
  std::vector<std::int32_t> holders_;   ///< steps that hold seats, by when they end
  std::vector<std::int32_t> waiters_;   ///< steps that waited
  std::vector<Cause> causes_;           ///< by step: what it waited for last
  std::vector<Up> up_, members_;        ///< up_: by node
  std::vector<double> times_, busy_, waited_;  ///< busy_, waited_: by resource
};

}  // namespace muster
