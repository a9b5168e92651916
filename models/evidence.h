#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/exercise_history.h"
#include "models/schedule.h"

/// What an evidence pack holds: values that the reports render.
namespace muster {

/// A plan as it was when the pack was made. Paths are within the pack.
struct EvidencePlan {
  std::string path, title, version, owner, approved_by, approved_on, review_by;
  std::string file_sha256, sha256;         ///< of the file's bytes; of all that a result depends on
  std::vector<std::string> objectives;     ///< "orders: RTO 4 h, RPO 15 min at 95%"
};

struct EvidenceExercise {
  ExerciseLine line;
  std::string kind, scenario_sha256, folder;  ///< of the scenario when it was begun; in the pack
};

/// What was learned by a day: the history is those of a plan in order of their days.
struct EvidenceCalibration {
  std::string path, scenario, scenario_sha256, as_of;
  std::size_t observations = 0;
  std::vector<std::string> drifted;        ///< "step restore-db"
};

struct EvidencePack {
  Day from = 0, to = 0;                    ///< both included
  std::string program;
  std::vector<EvidencePlan> plans;
  std::vector<EvidenceExercise> exercises; ///< begun in the days, oldest first
  std::vector<Action> actions;             ///< open in the days at any time, or closed in them
  std::optional<ProgrammeStatus> programme;
  std::string programme_path;
  std::vector<EvidenceCalibration> calibrations;  ///< oldest first
  std::string ledger_head;                 ///< "": there was no ledger
  bool is_signed = false;
};

}  // namespace muster
