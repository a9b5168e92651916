#include <optional>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/interruption.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/programme_history.h"
#include "app/programme_worth.h"
#include "app/progress_line.h"
#include "exercise/clock.h"
#include "exercise/programme/demands.h"
#include "exercise/programme/planning.h"
#include "models/load_programme.h"
#include "models/load_schedule.h"
#include "models/moments.h"
#include "reports/schedule_calendar.h"
#include "reports/schedule_json.h"
#include "reports/schedule_page.h"
#include "reports/schedule_text.h"

/// When the exercises of a programme take place, and how it stands.
namespace muster {
namespace {

const std::vector<std::string> documents = {"json", "ics", "md", "html"};

Day today_of(const Arguments& arguments) {
  if (!arguments.has("today")) return parse_date(utc_date(system_clock().now()));
  try {
    return parse_date(arguments.value("today"));
  } catch (const std::invalid_argument& wrong) {
    throw UsageError(std::string("--today: ") + wrong.what());
  }
}

Option today_option() { return {"today", "DATE", "as if it were that day (today)"}; }

LoadedProgramme loaded_programme(const Arguments& arguments) {
  LoadedProgramme loaded = load_programme(arguments.positional.front(), trouble_with_calendar);
  for (const Problem& warning : loaded.warnings) print_error(warning.text() + "\n");
  return loaded;
}

void warn_of_chain(const std::string& chain) {
  if (!chain.empty()) print_error("muster: the ledger " + ledger_file() + " was tampered with or is damaged: " + chain + "\n");
}

// Nothing of what is read may be written over; --keep and --json may be one file, which is read first.
void refuse_overwriting(const Arguments& arguments) {
  for (const std::string& option : documents) {
    if (!arguments.has(option)) continue;
    if (same_file(arguments.value(option), arguments.positional.front())) throw UsageError("--" + option + " would write over " + arguments.positional.front());
    for (const std::string& other : documents)
      if (other != option && arguments.has(other) && (same_file(arguments.value(option), arguments.value(other)) || (arguments.value(option) == "-" && arguments.value(other) == "-")))
        throw UsageError("--" + option + " and --" + other + " would write the same file");
  }
}

std::string document(const std::string& option, const Schedule& schedule) {
  if (option == "json") return schedule_json(schedule, MUSTER_VERSION);
  if (option == "ics") return schedule_calendar(schedule, MUSTER_VERSION);
  return option == "md" ? schedule_markdown(schedule) : schedule_page(schedule);
}

bool deliver(const Arguments& arguments, const Schedule& schedule) {
  try {
    bool on_output = false;
    for (const std::string& option : documents) {
      if (!arguments.has(option)) continue;
      on_output = on_output || arguments.value(option) == "-";
      write_file(arguments.value(option), document(option, schedule));
    }
    if (!arguments.has("quiet") && !on_output) print(schedule_text(schedule, {.colour = colour_on_output()}));
    return true;
  } catch (const OutputFailure& failure) {
    print_error("muster schedule: " + std::string(failure.what()) + "\n");
    return false;
  }
}

}  // namespace

Command schedule_options() {
  return {"schedule",
          "Finds the dates of an exercise programme: every policy is met, everybody who must be there can be, no window is touched, and what "
          "teaches most comes first. Where no dates exist, says which rules contradict each other and the cheapest to give up.",
          "PROGRAMME",
          {{"keep", "FILE", "keep to the plan that --json wrote there, as far as the rules allow; identities in calendars stay"},
           {"json", "FILE", "write the plan as JSON; - is the standard output, in place of the table"},
           {"ics", "FILE", "write it as a calendar (RFC 5545), likewise"},
           {"md", "FILE", "write it as Markdown, likewise"},
           {"html", "FILE", "write it as a page with a calendar of the year, likewise"},
           today_option(),
           {"replications", "N", "simulate each plan N times (10000)"},
           seed_option(),
           threads_option(),
           {"quiet", "", "no table and no progress; problems are still told"},
           {"help", "", "print this"}},
          "Ends with 4 where no dates exist.\n"
          "\n"
          "Examples:\n"
          "  muster schedule programme.yaml --json plan.json --ics plan.ics\n"
          "  muster schedule programme.yaml --keep plan.json --json plan.json\n"};
}

ExitCode schedule_command(const Arguments& arguments) {
  refuse_overwriting(arguments);
  WorthRequest request;
  if (arguments.has("seed")) request.seed = seed_value("seed", arguments.value("seed"));
  if (arguments.has("replications")) request.replications = count_value("replications", arguments.value("replications"), 100, 10'000'000);
  request.threads = threads_of(arguments);
  request.today = today_of(arguments);
  const LoadedProgramme loaded = loaded_programme(arguments);
  PlanningRequest planning;
  planning.today = request.today;
  if (arguments.has("keep")) planning.announced = load_announced(arguments.value("keep"), loaded.programme);
  ProgrammeHistory history = programme_history(loaded.programme);
  warn_of_chain(history.chain);
  request.observations = std::move(history.observations);
  {
    const Interruption interruption;
    ProgressLine progress(!arguments.has("quiet") && terminal_on_error());
    planning.worth = worth_of(loaded, request, [&](const Progress& p) { progress.show(p); }, interruption.wanted());
    progress.clear();
    if (interruption.signal() != 0) return static_cast<ExitCode>(128 + interruption.signal());
  }
  for (std::size_t i = 0; i < planning.worth.size(); ++i) planning.worth[i].held = history.held[i];
  Schedule schedule = [&] {
    const EndAtOnce at_once;
    return schedule_of(loaded.programme, planning);
  }();
  schedule.seed = request.seed;
  schedule.replications = request.replications;
  if (!deliver(arguments, schedule)) return ExitCode::try_again;
  return schedule.conflict ? ExitCode::precondition : ExitCode::done;
}

Command schedule_status_options() {
  return {"schedule status",
          "Says what of an exercise programme is done, planned, due and overdue, by the ledger. Ends with 1 when something is overdue.",
          "PROGRAMME",
          {{"plan", "FILE", "the plan that `muster schedule --json` wrote: what was announced is looked for too"},
           today_option(),
           {"json", "", "as JSON"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster schedule status programme.yaml --plan plan.json\n"};
}

ExitCode schedule_status_command(const Arguments& arguments) {
  const LoadedProgramme loaded = loaded_programme(arguments);
  std::vector<Appointment> announced;
  if (arguments.has("plan")) announced = load_announced(arguments.value("plan"), loaded.programme);
  ProgrammeHistory history = programme_history(loaded.programme);
  warn_of_chain(history.chain);
  std::vector<ExerciseWorth> worth(loaded.programme.exercises.size());
  for (std::size_t i = 0; i < worth.size(); ++i) worth[i].held = std::move(history.held[i]);
  const ProgrammeStatus status = programme_status(loaded.programme, worth, announced, today_of(arguments));
  print(arguments.has("json") ? programme_status_json(status, MUSTER_VERSION) : programme_status_text(status, {.colour = colour_on_output()}));
  return status.overdue() ? ExitCode::objective_missed : ExitCode::done;
}

}  // namespace muster
