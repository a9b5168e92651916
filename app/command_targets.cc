#include <optional>

#include "app/commands.h"
#include "app/interruption.h"
#include "app/output.h"
#include "app/progress_line.h"
#include "app/studies.h"
#include "models/targets.h"
#include "models/units.h"
#include "reports/targets_report.h"

namespace muster {

Command targets_options() {
  return {"targets",
          "Says for each service which RTO and RPO can be promised, in 50, 80, 90, 95 and 99 of 100 outages, whatever strikes; "
          "what an outage that just keeps it costs; and, with a study, what the next tighter one would take.",
          "SCENARIO",
          {{"study", "FILE", "a study whose variants may reach the next tighter target"},
           {"replications", "N", "simulate each outage N times (100000)"},
           seed_option(),
           {"outage", "NAME", "only this outage; may be repeated", true},
           set_option(),
           calibration_option(),
           threads_option(),
           {"json", "FILE", "write the result as JSON; - is the standard output, in place of the report"},
           {"quiet", "", "no report and no progress; problems are still told"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster targets plan.yaml\n"
          "  muster targets plan.yaml --study options.yaml --json targets.json\n"};
}

ExitCode targets_command(const Arguments& arguments) {
  StudyRequest request = study_request(arguments);
  request.calibration = calibration_for(request.scenario, arguments);
  request.study = arguments.value("study");
  request.only_as_it_is = request.study.empty();
  request.options.promises = true;
  const std::string path = arguments.value("json");
  if (arguments.has("json"))
    for (const std::string& other : {request.scenario, request.study})
      if (!other.empty() && same_file(path, other)) throw UsageError("--json would write over " + other);
  const PreparedStudy prepared(request);
  Interruption interruption;
  std::optional<OutputFile> json;
  try {
    if (arguments.has("json")) json.emplace(path);
  } catch (const OutputFailure& failure) {
    print_error("muster targets: " + std::string(failure.what()) + "; nothing was simulated\n");
    return ExitCode::precondition;
  }
  const bool quiet = arguments.has("quiet");
  ProgressLine progress(!quiet && terminal_on_error());
  const StudyResult study = prepared.run([&](const Progress& p) { progress.show(p); }, interruption.wanted());
  progress.clear();
  const auto targets = targets_of(prepared.scenario(), study);
  bool delivered = true;
  try {
    if (json) {
      json->stream() << targets_json(prepared.scenario(), study, targets);
      json->commit();
    }
    if (!quiet && path != "-") print(targets_text(prepared.scenario(), study, targets, {.colour = colour_on_output()}));
  } catch (const OutputFailure& failure) {
    print_error("muster targets: " + std::string(failure.what()) + "\n");
    delivered = false;
  }
  if (interruption.signal() != 0) return static_cast<ExitCode>(128 + interruption.signal());
  return delivered ? ExitCode::done : ExitCode::try_again;
}

}  // namespace muster
