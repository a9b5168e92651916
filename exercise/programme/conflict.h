#pragma once
#include <functional>
#include <optional>
#include <vector>

/// Which of several rules contradict each other, and which to give up. Knows rules by number only.
namespace muster {

/// Whether the active rules can be satisfied together; nothing: not known.
using Possible = std::function<std::optional<bool>(const std::vector<bool>& active)>;

struct FoundConflict {
  std::vector<std::size_t> rules;   ///< contradict each other; without any one of them they do not
  std::vector<std::size_t> relax;   ///< without these all the others can be satisfied
  double cost = 0;                  ///< of `relax`
  bool cheapest = true;             ///< no cheaper set does; false where something was not known, or the search was cut off
};

/// For rules that cannot be satisfied together, of which none can always be. The irreducible set is QuickXplain's (Junker, 2004); the
/// cheapest relaxation the least hitting set of all conflicts, which are found as they are needed (Moreno-Centeno and Karp, 2013).
FoundConflict find_conflict(const std::vector<double>& costs, const Possible& possible);

}  // namespace muster
