#include "app/studies.h"

#include <algorithm>

#include "app/commands.h"
#include "app/option_values.h"
#include "app/output.h"

namespace muster {

namespace {

ChangeableScenario changeable(const StudyRequest& request) {
  const bool set_by_study = request.study.empty() && !request.only_as_it_is;
  ChangeableScenario out = ChangeableScenario::read(request.scenario, set_by_study ? std::vector<Setting>{} : request.settings);
  if (request.calibration) out.calibrate(request.calibration);
  return out;
}

}  // namespace

StudyRequest study_request(const Arguments& arguments) {
  StudyRequest request;
  request.scenario = arguments.positional.at(0);
  if (arguments.positional.size() > 1) request.study = arguments.positional[1];
  for (const std::string& text : arguments.all("set")) request.settings.push_back(setting_value("set", text));
  if (arguments.has("replications"))
    request.options.replications = count_value("replications", arguments.value("replications"), 1, StudyOptions::most_replications);
  request.calibration = calibration_for(request.scenario, arguments);
  if (arguments.has("seed")) request.options.seed = seed_value("seed", arguments.value("seed"));
  request.options.threads = threads_of(arguments);
  for (const std::string& name : arguments.all("outage"))
    if (std::find(request.outages.begin(), request.outages.end(), name) == request.outages.end()) request.outages.push_back(name);
  return request;
}

PreparedStudy::PreparedStudy(const StudyRequest& request)
    : options_(request.options),
      changeable_(changeable(request)),
      cases_(changeable_.as_it_is().scenario, request.outages) {
  const VariantSink sink = [&](std::size_t, const Scenario& variant) { cases_.add(variant); };
  LoadedStudy loaded;
  if (!request.only_as_it_is) loaded = request.study.empty() ? study_of_settings(request.settings, changeable_, sink) : load_study(request.study, changeable_, sink);
  for (const Problem& warning : changeable_.as_it_is().warnings) print_error(warning.text() + "\n");
  for (const Problem& warning : loaded.warnings) print_error(warning.text() + "\n");
  study_ = std::move(loaded.study);
  for (const std::string& name : request.outages)
    if (std::none_of(cases_.outages().begin(), cases_.outages().end(), [&](const auto& of) { return of.name == name; }))
      require_known("outage", "outage", name, outage_names(scenario()));
}

StudyResult PreparedStudy::run(const ProgressSink& progress, const std::atomic<bool>* interrupted) const {
  StudyResult result = run_study(
      scenario(), study_, cases_, [&](std::size_t variant) { return scenario_of(study_, variant, changeable_); }, options_, progress, interrupted);
  result.program = MUSTER_VERSION;
  return result;
}

}  // namespace muster
