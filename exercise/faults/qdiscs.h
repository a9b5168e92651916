#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/exercise.h"

/// Queueing disciplines, by `tc`.
namespace muster {

/// `tc -j qdisc` of a network namespace ("" is this machine's own); of one device where it is named. Throws std::runtime_error.
std::string all_qdiscs(const std::string& netns, const std::string& device = "");

/// Runs `tc` there. "" or what it complained of.
std::string run_tc(const std::string& netns, const Argv& arguments);

/// What is missing to use `tc` in a target's network; sentences.
std::vector<std::string> missing_for_qdiscs(const Target& target);

}  // namespace muster
