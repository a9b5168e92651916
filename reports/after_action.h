#pragma once
#include <string>
#include <vector>

#include "models/exercise_history.h"
#include "models/exercise_record.h"
#include "reports/exercise_findings.h"

/// The after-action report and improvement plan of an exercise, as Markdown.
namespace muster {

/// A part of it. The page (reports/after_action_page.h) is made of the same.
struct AfterActionSection {
  int level = 2;              ///< of its heading
  std::string heading, text;  ///< the text is Markdown, of reports/markdown.h; it ends with a newline, or is empty
  bool timeline = false;      ///< the text is a chart made of characters
};
std::vector<AfterActionSection> after_action_sections(const ExerciseRecord& record, const ExerciseFindings& findings, const std::vector<Action>& actions,
                                                      const std::string& today);
std::string after_action_title(const ExerciseRecord& record);  ///< Markdown
std::string after_action_origin(const std::string& today, const std::string& program, const std::string& head);

/// Its sections are those of an HSEEP after-action report and improvement plan: the overview, the analysis (objectives, timeline, steps,
/// faults, footprint, strengths, areas for improvement), the improvement plan, the participants. A pure function of its arguments;
/// what came from files and programs can neither be taken for markup nor end a block. `actions` may be all there are; those of this
/// exercise are in the plan, and the overdue ones of others below it. `program` is the version of Muster, `head` the ledger's.
std::string after_action_markdown(const ExerciseRecord& record, const std::vector<Action>& actions, const std::string& today,
                                  const std::string& program, const std::string& head);

}  // namespace muster
