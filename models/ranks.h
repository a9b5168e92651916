#pragma once
#include <optional>
#include <span>
#include <vector>

/// Spearman's correlation, in two steps, since one vector of ranks is correlated with many. Pure and thread-safe.
namespace muster {

/// Average ranks (ties share theirs), from 1. 2^31 values or more throw std::length_error.
std::vector<double> ranks(std::span<const double> values);
/// Pearson's correlation of two rank vectors of the same length: Spearman's rho. Nothing when one of them never varies.
std::optional<double> pearson_of_ranks(std::span<const double> x, std::span<const double> y);

}  // namespace muster
