#pragma once
#include <optional>
#include <string>
#include <vector>

#include "exercise/programme/integer_program.h"
#include "exercise/programme/rules.h"

/// The dates of a programme as an integer program.
///
/// Whether an exercise begins at a start is a variable. Of the starts of a day that differ only in who could come, those remain that no
/// other betters. People are given to groups of starts (same exercise, week, quarter and people who can come), which is exact: no two
/// exercises are on one day, and whom a group needs is whom its one start needs. Two things always hold beyond the rules: at most one
/// exercise a day, and the same one at most once a week.
namespace muster {

class Timetable {
 public:
  struct Problem {
    const Programme* programme;
    const std::vector<Demand>* demands;
    const std::vector<Start>* starts;
    const std::vector<Rule>* rules;
    Day not_before;
  };
  /// With the rules that are active, as many as the problem has.
  Timetable(const Problem& problem, const std::vector<bool>& active);

  /// Whether any dates satisfy the rules; nothing: not known within the work that one question may take.
  std::optional<bool> possible() const;

  struct Chosen {
    std::vector<Start> starts;                         ///< by day
    std::vector<std::vector<Attendance>> people;       ///< of each
    bool proved = true;
  };
  /// The best dates: as many announced ones as can be kept, then the fewest person-hours, then those that teach most first: the sum over
  /// exercises of weight times day is least. Weights are positive, of each exercise. Nothing where there are none.
  std::optional<Chosen> best(const std::vector<int>& weights, const std::vector<Appointment>& announced);

 private:
  struct Choice {
    Start start;
    int variable;
    std::size_t group;
  };
  struct Group {
    std::size_t exercise;
    Quarter quarter;
    Day week;
    std::uint64_t present;
    IntegerProgram::Terms begins;                      ///< its choices
    struct Seat {
      std::size_t person, role;
      int variable;
    };
    std::vector<Seat> seats;
  };

  bool holds(Rule::Kind kind, std::size_t of) const;
  void look_at_people();
  void choose_starts();
  void add_demands();
  void add_spacing();
  void add_people();
  void add_load();
  template <typename In>
  void add_load_of(std::size_t person, int most, In in);
  double effort_of(const Start& start) const;
  IntegerProgram::Answer give_seats(const IntegerProgram::Answer& dates, const std::vector<Appointment>& announced);
  Chosen told(const IntegerProgram::Answer& answer) const;

  Problem problem_;
  std::vector<bool> active_;
  std::vector<std::uint64_t> people_, named_;          ///< of each exercise; none where that rule is given up
  IntegerProgram program_;
  std::vector<Choice> choices_;
  std::vector<Group> groups_;
};

}  // namespace muster
