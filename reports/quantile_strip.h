#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/outcomes.h"
#include "reports/style.h"

/// A picture of distributions, one line each on a common axis.
namespace muster {

struct Strip {
  std::string name;
  Stats stats;
  std::optional<double> target;
  Ink ink = Ink::plain;  ///< of the name
};

/// Lines of a box (the middle half) with whiskers (5 to 95 of 100), median and target; then the axis and a
/// legend. Empty where nothing finite is to be seen. What does not fit on the axis ends in an arrow.
std::string quantile_strips(const std::vector<Strip>& strips, const std::string& target_word,
                            const Style& style);

}  // namespace muster
