#include <algorithm>
#include <optional>

#include "app/commands.h"
#include "app/interruption.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/progress_line.h"
#include "app/shards.h"
#include "app/studies.h"
#include "models/units.h"
#include "reports/study_json.h"
#include "reports/study_text.h"

namespace muster {

Command what_if_options() {
  return {"what-if",
          "Compares changes to a scenario, all of them on the same luck: which objectives they keep, what they cost and save, "
          "which of them no other beats, and which to choose within a budget. STUDY is a file that lists them; without it "
          "--set is the change.",
          "SCENARIO [STUDY]",
          {{"set", "POINTER=VALUE",
            "what is changed, by JSON pointer: /roles/engineer/count=6; several are one change. With a STUDY: set first, in every variant",
            true},
           calibration_option(),
           {"replications", "N", "simulate each outage of each variant N times (100000)"},
           seed_option(),
           {"outage", "NAME", "only this outage; may be repeated", true},
           threads_option(),
           shard_option(),
           shards_option(),
           {"json", "FILE", "write the result as JSON; - is the standard output, in place of the report"},
           {"quiet", "", "no report and no progress; problems are still told"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster what-if plan.yaml --set /roles/engineer/count=6\n"
          "  muster what-if plan.yaml options.yaml --json study.json\n"};
}

ExitCode what_if_command(const Arguments& arguments) {
  StudyRequest request = study_request(arguments);
  request.calibration = calibration_for(request.scenario, arguments);
  if (request.study.empty() && request.settings.empty())
    throw UsageError("what is to be changed? Expected a STUDY, or --set such as --set /roles/engineer/count=6");
  const std::string path = arguments.value("json");
  if (arguments.has("json"))
    for (const std::string& other : arguments.positional)
      if (same_file(path, other)) throw UsageError("--json would write over " + other);
  const PreparedStudy prepared(request);
  if (arguments.has("shard")) {
    if (arguments.has("json")) throw UsageError("--shard and --json exclude each other: a part of a study has no result of its own; give it to muster merge");
    return write_shard(arguments, {"what-if", prepared.scenario(), request.study, prepared.tables()},
                       [&](const ShardPart& part, const ProgressSink& progress, const std::atomic<bool>* interrupted) {
                         return prepared.run_part(part, progress, interrupted);
                       });
  }
  Interruption interruption;
  std::optional<OutputFile> json;
  try {
    if (arguments.has("json")) json.emplace(path);
  } catch (const OutputFailure& failure) {
    print_error("muster what-if: " + std::string(failure.what()) + "; nothing was simulated\n");
    return ExitCode::precondition;
  }
  const bool quiet = arguments.has("quiet");
  ProgressLine progress(!quiet && terminal_on_error());
  const StudyResult result = prepared.run([&](const Progress& p) { progress.show(p); }, interruption.wanted());
  progress.clear();
  if (!quiet && terminal_on_error()) print_error("simulated in " + human_duration(result.seconds) + "\n");
  bool delivered = true;
  try {
    if (json) {
      write_study_json(json->stream(), prepared.scenario(), result);
      json->commit();
    }
    if (!quiet && path != "-") print(study_text(prepared.scenario(), result, {.colour = colour_on_output()}));
  } catch (const OutputFailure& failure) {
    print_error("muster what-if: " + std::string(failure.what()) + "\n");
    delivered = false;
  }
  if (interruption.signal() != 0) return static_cast<ExitCode>(128 + interruption.signal());
  return delivered ? ExitCode::done : ExitCode::try_again;
}

}  // namespace muster
