#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "models/load_study.h"
#include "models/progress.h"
#include "models/shard.h"
#include "models/study_result.h"
#include "sim/study.h"

/// Studies, from files to results: what `what-if`, `targets` and `report` share.
namespace muster {

struct StudyRequest {
  std::string scenario;
  std::string study;              ///< empty: the settings are the one variant
  bool only_as_it_is = false;     ///< no variants; the settings are the scenario's
  std::vector<Setting> settings;  ///< with a study: of every variant, the baseline among them
  std::shared_ptr<const Calibration> calibration;  ///< null: none
  std::vector<std::string> outages;
  StudyOptions options;
};

/// From the words of a command: SCENARIO [STUDY], --set, --replications, --seed, --threads, --outage. Reads no file; a calibration is the
/// caller's to read.
StudyRequest study_request(const Arguments& arguments);

/// Everything is read and checked; nothing is simulated yet. Warnings went to the standard error.
class PreparedStudy {
 public:
  /// Throws InvalidInput; UsageError for an outage that neither the scenario nor a variant has.
  explicit PreparedStudy(const StudyRequest& request);
  /// The same from memory: names and bytes of the scenario and of the study, where there is one; tables lie in the folder.
  PreparedStudy(const StudyRequest& request, const std::vector<std::pair<std::string, std::string>>& files, const std::string& folder);
  const Scenario& scenario() const { return changeable_.as_it_is().scenario; }
  const Study& study() const { return study_; }
  /// CSV files that the scenario or a variant reads, as they are named.
  std::vector<std::string> tables() const { return {tables_.begin(), tables_.end()}; }
  StudyResult run(const ProgressSink& progress, const std::atomic<bool>* interrupted) const;
  std::vector<std::string> run_part(const ShardPart& part, const ProgressSink& progress, const std::atomic<bool>* interrupted) const;
  StudyResult merge(std::uint64_t parts, const std::function<std::string(std::uint64_t part, std::size_t outage)>& section) const;

 private:
  using StudyReader = std::function<LoadedStudy(const VariantSink& sink)>;
  void prepare(const StudyRequest& request, const StudyReader& read);
  VariantScenario variant() const;
  StudyOptions options_;
  ChangeableScenario changeable_;
  StudyCases cases_;
  Study study_;
  std::set<std::string> tables_;
};

}  // namespace muster
