#include "app/studies.h"

#include <algorithm>

#include "app/commands.h"
#include "app/option_values.h"
#include "app/output.h"
#include "sim/study_part.h"

namespace muster {

StudyRequest study_request(const Arguments& arguments) {
  StudyRequest request;
  request.scenario = arguments.positional.at(0);
  if (arguments.positional.size() > 1) request.study = arguments.positional[1];
  request.settings = settings_in(arguments);
  if (arguments.has("replications"))
    request.options.replications = count_value("replications", arguments.value("replications"), 1, StudyOptions::most_replications);
  if (arguments.has("seed")) request.options.seed = seed_value("seed", arguments.value("seed"));
  request.options.threads = threads_of(arguments);
  for (const std::string& name : arguments.all("outage"))
    if (std::find(request.outages.begin(), request.outages.end(), name) == request.outages.end()) request.outages.push_back(name);
  return request;
}

namespace {

// Settings are the scenario's, unless they are the study.
std::vector<Setting> settings_of_scenario(const StudyRequest& request) {
  return request.study.empty() && !request.only_as_it_is ? std::vector<Setting>{} : request.settings;
}

ChangeableScenario calibrated(const StudyRequest& request, ChangeableScenario scenario) {
  if (request.calibration) scenario.calibrate(request.calibration);
  return scenario;
}

}  // namespace

PreparedStudy::PreparedStudy(const StudyRequest& request)
    : options_(request.options),
      changeable_(calibrated(request, ChangeableScenario::read(request.scenario, settings_of_scenario(request)))),
      cases_(changeable_.as_it_is().scenario, request.outages) {
  for (const Problem& warning : changeable_.as_it_is().warnings) print_error(warning.text() + "\n");
  prepare(request, [&](const VariantSink& sink) { return load_study(request.study, changeable_, sink); });
}

PreparedStudy::PreparedStudy(const StudyRequest& request, const std::vector<std::pair<std::string, std::string>>& files, const std::string& folder)
    : options_(request.options),
      changeable_(calibrated(request, ChangeableScenario::parse(files.at(0).second, files.at(0).first, folder, settings_of_scenario(request)))),
      cases_(changeable_.as_it_is().scenario, request.outages) {
  prepare(request, [&](const VariantSink& sink) { return parse_study(files.at(1).second, files.at(1).first, changeable_, sink); });
}

void PreparedStudy::prepare(const StudyRequest& request, const StudyReader& read) {
  const auto note_tables = [&](const Scenario& one) { tables_.insert(one.tables.begin(), one.tables.end()); };
  note_tables(scenario());
  const VariantSink sink = [&](std::size_t, const Scenario& variant) {
    cases_.add(variant);
    note_tables(variant);
  };
  LoadedStudy loaded;
  if (!request.only_as_it_is) loaded = request.study.empty() ? study_of_settings(request.settings, changeable_, sink) : read(sink);
  for (const Problem& warning : loaded.warnings) print_error(warning.text() + "\n");
  study_ = std::move(loaded.study);
  for (const std::string& name : request.outages)
    if (std::none_of(cases_.outages().begin(), cases_.outages().end(), [&](const auto& of) { return of.name == name; }))
      require_known("outage", "outage", name, outage_names(scenario()));
}

VariantScenario PreparedStudy::variant() const {
  return [this](std::size_t number) { return scenario_of(study_, number, changeable_); };
}

StudyResult PreparedStudy::run(const ProgressSink& progress, const std::atomic<bool>* interrupted) const {
  StudyResult result = run_study(scenario(), study_, cases_, variant(), options_, progress, interrupted);
  result.program = MUSTER_VERSION;
  return result;
}

std::vector<std::string> PreparedStudy::run_part(const ShardPart& part, const ProgressSink& progress, const std::atomic<bool>* interrupted) const {
  return run_study_part(scenario(), cases_, variant(), options_, part, progress, interrupted);
}

StudyResult PreparedStudy::merge(std::uint64_t parts, const std::function<std::string(std::uint64_t part, std::size_t outage)>& section) const {
  StudyResult result = merge_study_parts(scenario(), study_, cases_, options_, parts, section);
  result.program = MUSTER_VERSION;
  return result;
}

}  // namespace muster
