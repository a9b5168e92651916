#pragma once
#include <string>

#include "models/outcomes.h"
#include "models/scenario.h"
#include "models/story.h"

/// Results made by hand for the tests of the reports: what they say is invented, how it hangs together is
/// not.
namespace muster::example {

/// 1,000 values spread between `low` and about ten times `typical` with a long tail; `never_share` of them
/// infinite.
Stats stats(double low, double typical, double never_share = 0);
Stats constant(double value);

Scenario scenario();
/// An outage with every part of the page: objectives met, missed and undecided, losses, failures, people.
OutageResult region_loss();
/// A small one: one service, all met.
OutageResult cache_loss();
SimulationResult one_outage();
SimulationResult two_outages();

Story story();

/// The beginning and 90 more of the letter: wider than a page.
std::string long_word(const std::string& beginning, char letter);

/// Compares with tests/reports/golden/NAME; MUSTER_UPDATE_GOLDEN=1 in the environment writes it instead.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace muster::example
