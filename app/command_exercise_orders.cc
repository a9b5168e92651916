#include <filesystem>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/live_forecasting.h"
#include "app/output.h"
#include "app/running_mark.h"
#include "exercise/clock.h"
#include "exercise/guard.h"
#include "exercise/ledger.h"
#include "exercise/run.h"
#include "models/wording.h"
#include "reports/board_text.h"
#include "models/moments.h"

/// Orders to exercises that run, and what they answer: status, ack, abort, recover, halt.
namespace muster {
namespace {

std::string lives_text(const LeftBehind& left) {
  if (left.runner_lives) return left.keeper_lives ? "runs" : "runs, its keeper does not";
  return left.keeper_lives ? "its runner died; its keeper puts everything back" : "died";
}

std::string first_of(const Arguments& arguments) { return arguments.positional.empty() ? "" : arguments.positional.front(); }

std::string running_text(const Ledger& ledger, const ExerciseLine& line) {
  const ExerciseRecord record = record_of(line.id, ledger.happenings(line.id));
  return board_text(record, system_clock().now(), {.colour = colour_on_output()}, 1000) + kept_forecast(record.plan.run_folder);
}

}  // namespace

Command exercise_status_options() {
  return {"exercise status",
          "Tells of the exercises that run here, of what dead ones left, and of a halt. Ends with 6 when something was left.",
          "",
          {{"help", "", "print this"}},
          "Examples:\n"
          "  muster exercise status\n"};
}

ExitCode exercise_status_command(const Arguments&) {
  mark_the_dead();
  std::string out;
  if (std::filesystem::exists(ledger_file())) {
    const Ledger ledger(ledger_file(), true);
    for (const ExerciseLine& line : ledger.exercises())
      if (!line.end && runs_now(line.id)) out += running_text(ledger, line);
  }
  bool left_over = false;
  for (const LeftBehind& left : look_around()) {
    if (left.runner_lives && left.keeper_lives) continue;
    out += left.exercise + ": " + lives_text(left) + "\n";
    for (const std::string& fault : left.in_effect) out += "  in effect still: " + fault + "\n";
    left_over |= !left.runner_lives && !left.keeper_lives && !left.in_effect.empty();
  }
  if (left_over) out += "Put it back: muster exercise recover\n";
  if (out.empty()) out = "No exercise runs here.\n";
  if (const auto halt = halt_set())
    out += "HALTED by " + printable(halt->by) + " on " + utc_text(halt->at) + (halt->why.empty() ? "" : ": " + printable(halt->why)) + "; muster halt --lift ends it\n";
  print(out);
  return left_over ? ExitCode::restore_incomplete : ExitCode::done;
}

Command exercise_ack_options() {
  return {"exercise ack",
          "Answers what a running exercise asks for a step: that it is done, or yes; with --no that it failed, or no, which at a decision ends "
          "the exercise.",
          "STEP",
          {by_option(),
           {"no", "", "the answer is no"},
           {"note", "TEXT", "goes to the record with the answer"},
           {"exercise", "ID", "which exercise, by the beginning of its id, where several run"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster exercise ack decide --by ada --note \"dashboards agree\"\n"
          "  muster exercise ack promote-west --no\n"};
}

ExitCode exercise_ack_command(const Arguments& arguments) {
  const bool yes = !arguments.has("no");
  acknowledge_step(arguments.value("exercise"), first_of(arguments), person_of(arguments), yes, arguments.value("note"));
  print(first_of(arguments) + ": " + (yes ? "yes" : "no") + ", by " + person_of(arguments) + "\n");
  return ExitCode::done;
}

Command incident_ack_options() {
  Command command = exercise_ack_options();
  command.name = "incident ack";
  command.summary =
      "Answers what a running recovery asks for a step: that it is done, or yes; with --no that it failed, or no, which at a decision ends "
      "the run.";
  command.notes =
      "Examples:\n"
      "  muster incident ack detect --by ada --note \"dashboards agree\"\n"
      "  muster incident ack promote-west --no\n";
  return command;
}

Command exercise_abort_options() {
  return {"exercise abort",
          "Ends a running exercise and undoes every fault. Returns when the order is taken; muster exercise status shows how it goes on.",
          "[ID]",
          {by_option(), {"why", "TEXT", "goes to the record"}, {"help", "", "print this"}},
          "Examples:\n"
          "  muster exercise abort --why \"customers are hurt\"\n"};
}

ExitCode exercise_abort_command(const Arguments& arguments) {
  abort_exercise(first_of(arguments), person_of(arguments), arguments.value("why"));
  print("The exercise ends, and undoes every fault.\n");
  return ExitCode::done;
}

Command exercise_recover_options() {
  return {"exercise recover",
          "Undoes all that dead exercises left, in reverse order, and verifies it. Never touches one that runs or whose keeper does. Ends with 6 "
          "when something remains. To be run at boot too.",
          "",
          {{"help", "", "print this"}},
          "Examples:\n"
          "  muster exercise recover\n"};
}

ExitCode exercise_recover_command(const Arguments&) {
  mark_the_dead();
  const std::vector<Recovered> all = recover_and_tell();
  bool remains = false;
  for (const Recovered& one : all) {
    print(one.exercise + (one.remains.empty() ? ": all is undone, and verified so\n" : ": this remains:\n"));
    for (const std::string& left : one.remains) print("  " + left + "\n");
    remains |= !one.remains.empty();
  }
  if (all.empty()) print("Nothing was left to undo.\n");
  return remains ? ExitCode::restore_incomplete : ExitCode::done;
}

Command halt_options() {
  return {"halt",
          "Stops all exercises that run here, which then undo every fault, and blocks what would start, until --lift. Recorded, with who and why.",
          "",
          {by_option(), {"why", "TEXT", "goes to the record"}, {"lift", "", "let exercises start again"}, {"help", "", "print this"}},
          "Examples:\n"
          "  muster halt --why \"a real incident\"\n"
          "  muster halt --lift --by ada\n"};
}

ExitCode halt_command(const Arguments& arguments) {
  const std::string by = person_of(arguments);
  if (arguments.has("lift")) {
    const bool was_set = lift_halt(by, arguments.value("why"));
    print(was_set ? "Exercises may start again.\n" : "No halt was set.\n");
    return ExitCode::done;
  }
  set_halt({system_clock().now(), by, arguments.value("why")});
  print("Halted: what runs here stops and is put back, and nothing starts until muster halt --lift.\n");
  return ExitCode::done;
}

}  // namespace muster
