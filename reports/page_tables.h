#pragma once
#include <string>
#include <vector>

#include "models/board_report.h"
#include "reports/page_table.h"

/// What a board is told, as tables: the page and its Markdown are made of the same ones. Empty where there is nothing to tell.
namespace muster {

/// Each service in the outage that is worst for it.
PageTable standing_table(const SimulationResult& result);
/// The same in a sentence.
std::string answer(const SimulationResult& result);

PageTable objective_table(const OutageResult& outage);
PageTable recovery_table(const OutageResult& outage);
PageTable loss_table(const OutageResult& outage);
PageTable step_table(const OutageResult& outage);
PageTable copy_table(const OutageResult& outage);
PageTable story_table(const Story& story);
PageTable assumption_table(const Scenario& scenario);

/// The steps of a story that took time or are critical, in the order of its rows.
std::vector<StoryStep> drawn_steps(const Story& story);

/// Title line, method and what reproduces the report, in words.
std::string control_line(const Scenario& scenario);
std::string method_text(const SimulationResult& result);
std::string provenance_line(const SimulationResult& result);

}  // namespace muster
