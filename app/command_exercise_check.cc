#include "app/commands.h"
#include "app/output.h"
#include "exercise/agent/hosts.h"
#include "exercise/drill.h"
#include "exercise/guard.h"
#include "exercise/clock.h"
#include "models/load_exercise.h"

namespace muster {
namespace {

std::string counted(std::size_t count, const std::string& noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

std::string contents(const Exercise& exercise) {
  return counted(exercise.targets.size(), "target") + ", " + counted(exercise.faults.size(), "fault") + ", " + counted(exercise.probes.size(), "probe") + ", " +
         counted(exercise.steps.size(), "bound step");
}

ExitCode rehearse() {
  const Drilled drilled = drill();
  for (const std::string& line : drilled.told) print(line + "\n");
  for (const std::string& left : drilled.remains) print_error("muster exercise check: it left " + left + "\n");
  if (!drilled.remains.empty()) return ExitCode::restore_incomplete;
  if (drilled.kernel_removed) return ExitCode::done;
  print_error("muster exercise check: the kernel did not end the partition by itself; network faults would outlive their keeper here\n");
  return ExitCode::precondition;
}

}  // namespace

Command exercise_check_options() {
  return {"exercise check",
          "Reads exercise files and their scenarios and reports every problem in them, as FILE:LINE:COLUMN: /POINTER: what is wrong, on the "
          "standard error. Says what would be refused here and now. Nothing is touched, but by --drill.",
          "FILE...",
          {{"drill", "", "also rehearse the dead man: a partition from an address that nobody has, its keeper killed, and the kernel's own removal of it"},
           {"strict", "", "end with 3 for warnings too, and with 4 for what would be refused"},
           {"quiet", "", "say nothing of what is valid"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster exercise check failover.yaml\n"
          "  muster exercise check --strict --drill exercises/*.yaml\n"};
}

ExitCode exercise_check_command(const Arguments& arguments) {
  std::size_t invalid = 0, warnings = 0, refused = 0;
  for (const std::string& path : arguments.positional) {
    try {
      const LoadedExercise loaded = load_exercise(path);
      for (const Problem& warning : loaded.warnings) print_error(warning.text() + "\n");
      warnings += loaded.warnings.size();
      const std::vector<std::string> reasons = reasons_on_all_hosts(loaded.exercise, "", system_clock().now());
      for (const std::string& reason : reasons) print_error(path + ": would be refused now: " + reason + "\n");
      refused += reasons.size();
      if (!arguments.has("quiet"))
        print(path + ": valid" + (loaded.warnings.empty() ? "" : " with " + counted(loaded.warnings.size(), "warning")) + " (" + contents(loaded.exercise) + ")\n");
    } catch (const InvalidInput& input) {
      ++invalid;
      print_error(std::string(input.what()) + "\n");
    }
  }
  const bool strict = arguments.has("strict");
  if (invalid > 0 || (strict && warnings > 0)) return ExitCode::invalid_input;
  if (strict && refused > 0) return ExitCode::precondition;
  return arguments.has("drill") ? rehearse() : ExitCode::done;
}

}  // namespace muster
