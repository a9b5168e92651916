#include <filesystem>
#include <optional>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/measurement_source.h"
#include "app/output.h"
#include "exercise/clock.h"
#include "exercise/ledger.h"
#include "models/moments.h"
#include "models/observations.h"
#include "reports/observations_text.h"

/// What was measured, in the ledger and in files: observe import, list, export.
namespace muster {
namespace {

constexpr std::size_t most_imported = 1'000'000;

std::vector<Observation> wanted(const Arguments& arguments) {
  mark_the_dead();
  if (!std::filesystem::exists(ledger_file())) return {};
  const auto named = named_kind(arguments);
  const std::string scenario = scenario_title(arguments, named);
  const std::vector<Observation> all = Ledger(ledger_file(), true).observations();
  if (named) return selected(all, named->of, named->name, scenario);
  std::vector<Observation> out;
  for (const Observation& o : all)
    if (scenario.empty() || o.scenario.empty() || o.scenario == scenario) out.push_back(o);
  return out;
}

template <class... More>
std::vector<Option> with(std::vector<Option> options, More... more) {
  (options.push_back(more), ...);
  return options;
}

}  // namespace

Command observe_import_options() {
  std::vector<Option> options = import_options();
  for (const Option& option : name_options("all rows are")) options.push_back(option);
  return {"observe import",
          "Reads from a CSV file how long things took, and puts it into the ledger, from where fits and calibrations take it. What is left out is "
          "counted, and why. The same row of the same file is never counted twice. FILE may be -, the standard input.",
          "FILE",
          with(options, scenario_option(), Option{"out", "FILE", "write the observations to a CSV file instead of the ledger; - is the standard output"}, by_option(),
               Option{"help", "", "print this"}),
          "Examples:\n"
          "  muster observe import tickets.csv --map start=opened,end=closed --zone Europe/Berlin --outage region-loss --where \"severity<3\"\n"
          "  muster observe import runs.csv --map duration=took,step=task --unit m --out observations.csv\n"};
}

ExitCode observe_import_command(const Arguments& arguments) {
  const std::string path = arguments.positional.front(), out = arguments.value("out");
  ImportMap map = import_map(arguments);
  if (arguments.has("out") && same_file(path, out)) throw UsageError("--out would write over " + path);
  const bool named = map.of || map.columns.contains("step") || map.columns.contains("role") || map.columns.contains("outage");
  if (!named && !map.columns.empty()) throw UsageError("what are the rows of? Name it by --step, --role or --outage, or its column by --map outage=COLUMN");
  std::vector<ImportedObservation> all;
  ImportKeys keys(base_name(path));
  const ImportCount count = import_file(path, map, [&](const ImportedRow& row) {
    if (all.size() == most_imported) throw UsageError(path + " holds more than " + std::to_string(most_imported) + " observations; muster fit takes them from the file, or choose some by --where");
    all.push_back({row.observation, keys(row)});
  });
  const Style style{.colour = colour_on_output()};
  if (arguments.has("out")) {
    OutputFile file(out);
    file.stream() << observations_heading();
    for (const ImportedObservation& one : all) file.stream() << observation_row(one.what);
    file.commit();
    (out == "-" ? print_error : print)(import_text(count, base_name(path), {}));
    return ExitCode::done;
  }
  const std::size_t added = Ledger(ledger_file()).add_observations(all, person_of(arguments), system_clock().now());
  print(import_text(count, base_name(path), style));
  print(added == all.size() ? "All are in the ledger now.\n"
                            : std::to_string(added) + " are in the ledger now; the other " + std::to_string(all.size() - added) + " were there already.\n");
  return ExitCode::done;
}

Command observe_list_options() {
  return {"observe list",
          "Lists of which steps, roles and outages the ledger knows how long they took: from exercises, incidents and imported files.",
          "",
          with(name_options("only"), scenario_option(), Option{"json", "", "each of them, as JSON"}, Option{"help", "", "print this"}),
          "Examples:\n"
          "  muster observe list\n"
          "  muster observe list --step promote --json\n"};
}

ExitCode observe_list_command(const Arguments& arguments) {
  const std::vector<Observation> all = wanted(arguments);
  print(arguments.has("json") ? observations_json(all, MUSTER_VERSION)
                              : observations_text(all, utc_date(system_clock().now()), {.colour = colour_on_output()}));
  return ExitCode::done;
}

Command observe_export_options() {
  return {"observe export",
          "Writes what the ledger knows of how long things took as CSV, which muster observe import and muster fit read again.",
          "",
          with(name_options("only"), scenario_option(), Option{"output", "FILE", "write it to a file instead of the standard output"}, Option{"help", "", "print this"}),
          "Examples:\n"
          "  muster observe export --output observations.csv\n"};
}

ExitCode observe_export_command(const Arguments& arguments) {
  std::string text = observations_heading();
  for (const Observation& o : wanted(arguments)) text += observation_row(o);
  write_file(arguments.value("output", "-"), text);
  return ExitCode::done;
}

}  // namespace muster
