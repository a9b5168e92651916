#pragma once
#include <utility>
#include <vector>

/// A linear program over whole numbers, solved by CBC (COIN-OR branch and cut).
///
/// One thread and no clock: the same program gives the same answer, however fast the machine is. Work is bounded by branch-and-bound nodes.
namespace muster {

class IntegerProgram {
 public:
  using Terms = std::vector<std::pair<int, double>>;

  /// A variable that takes whole numbers from `low` to `high`; its index, from 0.
  int variable(int low, int high, double cost = 0);
  /// low <= sum of terms <= high; each variable at most once. Infinity is no limit.
  void row(double low, double high, Terms terms);
  void cost(int variable, double cost) { costs_[static_cast<std::size_t>(variable)] = cost; }
  void fix(int variable, int value);
  std::size_t variables() const { return costs_.size(); }

  enum class Outcome { optimal, feasible, infeasible, undecided };  ///< feasible: the nodes ran out before it was proved the best
  struct Answer {
    Outcome outcome = Outcome::undecided;
    std::vector<int> values;     ///< of optimal and feasible
    double cost = 0;
    bool solved() const { return outcome == Outcome::optimal || outcome == Outcome::feasible; }
  };
  /// Least total cost. Not thread-safe: one solve at a time in a process.
  Answer solve(int nodes = 5000) const;

 private:
  struct Row {
    double low, high;
    Terms terms;
  };
  std::vector<double> lows_, highs_, costs_;
  std::vector<Row> rows_;
};

}  // namespace muster
