#include "exercise/programme/conflict.h"

#include <algorithm>
#include <limits>

#include "exercise/programme/integer_program.h"

namespace muster {
namespace {

constexpr int most_conflicts = 60;  // until the search for the cheapest is cut off

class Search {
 public:
  Search(const std::vector<double>& costs, const Possible& possible) : costs_(costs), possible_(possible) {}

  FoundConflict find() {
    std::vector<bool> active(costs_.size(), true);
    while (true) {
      const std::vector<std::size_t> conflict = conflict_in(active);
      if (conflict.empty()) break;  // what was taken for impossible was not known
      if (out_.rules.empty()) out_.rules = conflict;
      conflicts_.push_back(conflict);
      out_.relax = cheapest_hit();
      active.assign(costs_.size(), true);
      for (std::size_t i : out_.relax) active[i] = false;
      const std::optional<bool> enough = possible_(active);
      if (!enough || static_cast<int>(conflicts_.size()) >= most_conflicts) out_.cheapest = false;
      if (enough.value_or(true)) break;
      if (static_cast<int>(conflicts_.size()) >= most_conflicts) {
        give_up_more(active);
        break;
      }
    }
    for (std::size_t i : out_.relax) out_.cost += costs_[i];
    return std::move(out_);
  }

 private:
  // What is not known counts as possible: then a conflict may hold more than it must.
  bool ask(const std::vector<bool>& active) {
    const std::optional<bool> answer = possible_(active);
    if (!answer) out_.cheapest = false;
    return answer.value_or(true);
  }

  std::vector<std::size_t> conflict_in(const std::vector<bool>& active) {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < active.size(); ++i)
      if (active[i]) all.push_back(i);
    if (all.empty()) return {};
    std::vector<bool> background(costs_.size(), false);
    std::vector<std::size_t> found = explain(background, false, all);
    std::sort(found.begin(), found.end());
    return found;
  }

  std::vector<std::size_t> explain(std::vector<bool>& background, bool grown, const std::vector<std::size_t>& rules) {
    if (grown && !ask(background)) return {};
    if (rules.size() == 1) return rules;
    const auto middle = rules.begin() + static_cast<std::ptrdiff_t>(rules.size() / 2);
    const std::vector<std::size_t> first(rules.begin(), middle), second(middle, rules.end());
    const auto put = [&](const std::vector<std::size_t>& some, bool there) {
      for (std::size_t i : some) background[i] = there;
    };
    put(first, true);
    std::vector<std::size_t> of_second = explain(background, true, second);
    put(first, false);
    put(of_second, true);
    const std::vector<std::size_t> of_first = explain(background, !of_second.empty(), first);
    put(of_second, false);
    of_second.insert(of_second.end(), of_first.begin(), of_first.end());
    return of_second;
  }

  // Among the cheapest, the fewest rules; among those, the first.
  std::vector<std::size_t> cheapest_hit() const {
    IntegerProgram hits;
    for (std::size_t i = 0; i < costs_.size(); ++i) hits.variable(0, 1, costs_[i] * 1000 + 1 + static_cast<double>(i) / 1000);
    for (const std::vector<std::size_t>& conflict : conflicts_) {
      IntegerProgram::Terms terms;
      for (std::size_t i : conflict) terms.emplace_back(static_cast<int>(i), 1.0);
      hits.row(1, std::numeric_limits<double>::infinity(), std::move(terms));
    }
    std::vector<std::size_t> out;
    const IntegerProgram::Answer answer = hits.solve();
    for (std::size_t i = 0; i < answer.values.size(); ++i)
      if (answer.values[i] > 0) out.push_back(i);
    return out;
  }

  // Not the cheapest any more, but enough.
  void give_up_more(std::vector<bool>& active) {
    while (!possible_(active).value_or(true)) {
      const std::vector<std::size_t> conflict = conflict_in(active);
      if (conflict.empty()) return;
      const std::size_t next = *std::min_element(conflict.begin(), conflict.end(), [&](std::size_t a, std::size_t b) { return costs_[a] < costs_[b]; });
      active[next] = false;
      out_.relax.push_back(next);
    }
  }

  const std::vector<double>& costs_;
  const Possible& possible_;
  std::vector<std::vector<std::size_t>> conflicts_;
  FoundConflict out_;
};

}  // namespace

FoundConflict find_conflict(const std::vector<double>& costs, const Possible& possible) { return Search(costs, possible).find(); }

}  // namespace muster
