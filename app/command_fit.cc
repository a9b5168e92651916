#include <algorithm>
#include <filesystem>
#include <optional>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/measurement_source.h"
#include "app/option_values.h"
#include "app/output.h"
#include "exercise/ledger.h"
#include "models/fit_result.h"
#include "models/observations.h"
#include "models/wording.h"
#include "reports/fit_json.h"
#include "reports/fit_page.h"
#include "reports/fit_text.h"
#include "reports/observations_text.h"

namespace muster {
namespace {

/// What is measured, as it is read: counts of what the result tells beside the lengths.
struct Gathered {
  FitResult about;
  Measurements measurements;
  std::string told;  ///< of a file's rows

  explicit Gathered(std::uint64_t seed) : measurements(seed) {}
  void add(const Observation& o) {
    measurements.add(o.seconds, o.censored, o.ended);
    about.with_response += o.of == Observation::Of::step && !o.with_response_of.empty();
    about.talked_through += o.source.ends_with("(tabletop)");
  }
};

void of_kind(Gathered& all, const std::optional<NamedKind>& named) {
  if (!named) return;
  all.about.of = word_of(named->of);
  all.about.name = named->name;
  all.about.what = all.about.of + " " + named->name;
}

// A file with one column and no map is a list of lengths.
ImportMap with_only_column(ImportMap map, const std::string& path) {
  if (!map.columns.empty() || path == "-") return map;
  const std::string heading = only_column(path);
  if (!heading.empty()) map.columns["duration"] = heading;
  return map;
}

Gathered from_file(const Arguments& arguments, std::uint64_t seed) {
  Gathered all(seed);
  const std::string path = arguments.positional.front();
  const ImportMap map = with_only_column(import_map(arguments), path);
  std::optional<NamedKind> one;
  const ImportCount count = import_file(path, map, [&](const ImportedRow& row) {
    const NamedKind here{row.observation.of, row.observation.name};
    if (!one) one = here;
    if (one->of != here.of || one->name != here.name)
      throw UsageError("the rows are of several things, such as " + std::string(word_of(one->of)) + " " + one->name + " and " + word_of(here.of) + " " + here.name +
                       "; choose one by --where or by --step, --role or --outage");
    all.add(row.observation);
  });
  if (one && !one->name.empty()) of_kind(all, one);
  all.about.what = all.about.what.empty() ? base_name(path) : all.about.what + ", " + base_name(path);
  all.told = import_text(count, base_name(path), {});
  return all;
}

Gathered from_ledger(const Arguments& arguments, std::uint64_t seed) {
  Gathered all(seed);
  const auto named = named_kind(arguments);
  if (!named) throw UsageError("what is to be fitted? Expected a FILE, or --step, --role or --outage of the ledger (muster observe list)");
  for (const Option& option : import_options())
    if (arguments.has(option.name)) throw UsageError("--" + option.name + " is of files, and there is none");
  const std::string scenario = scenario_title(arguments, named);
  of_kind(all, named);
  mark_the_dead();
  if (!std::filesystem::exists(ledger_file())) return all;
  const std::vector<Observation> known = Ledger(ledger_file(), true).observations();
  for (const Observation& o : selected(known, named->of, named->name, scenario)) all.add(o);
  if (all.measurements.rows() > 0) return all;
  std::vector<std::string> names;
  for (const Observation& o : known)
    if (o.of == named->of && std::find(names.begin(), names.end(), o.name) == names.end()) names.push_back(o.name);
  all.told = did_you_mean(named->name, names);
  return all;
}

}  // namespace

Command fit_options() {
  std::vector<Option> options = name_options("what the ledger knows, or what a file's rows are,");
  options.push_back(scenario_option());
  for (const Option& option : import_options()) options.push_back(option);
  for (const Option& option :
       {Option{"resamples", "N", "of the bootstrap of each test (1000); 0: no test"}, Option{"level", "P", "a law is rejected below this probability (5%)"}, seed_option(),
        Option{"json", "FILE", "write the result as JSON; - is the standard output, in place of the report"}, Option{"html", "FILE", "write a page with the pictures"},
        Option{"quiet", "", "no report"}, Option{"help", "", "print this"}})
    options.push_back(option);
  return {"fit",
          "Which law goes with how long something took: fits exponential, lognormal, gamma and Weibull laws to what the ledger knows or to a CSV file, "
          "what was cut off included, tests them, and gives the line for the scenario. FILE may be -, the standard input.",
          "[FILE]",
          options,
          "Examples:\n"
          "  muster fit --step promote\n"
          "  muster fit outages.csv --map duration=minutes --unit m --where provider=aws --html fit.html\n"};
}

ExitCode fit_command(const Arguments& arguments) {
  FitSettings settings;
  if (arguments.has("seed")) settings.seed = seed_value("seed", arguments.value("seed"));
  if (arguments.has("resamples")) settings.resamples = static_cast<std::uint32_t>(count_value("resamples", arguments.value("resamples"), 0, 100'000));
  if (arguments.has("level")) settings.level = level_value("level", arguments.value("level"));
  const std::string json = arguments.value("json"), html = arguments.value("html");
  for (const std::string& out : {json, html})
    if (!out.empty() && !arguments.positional.empty() && same_file(out, arguments.positional.front())) throw UsageError("a result would write over " + out);
  if (!json.empty() && !html.empty() && same_file(json, html)) throw UsageError("--json and --html name the same file");
  std::optional<OutputFile> json_file, html_file;
  try {
    if (!json.empty()) json_file.emplace(json);
    if (!html.empty()) html_file.emplace(html);
  } catch (const OutputFailure& failure) {
    print_error("muster fit: " + std::string(failure.what()) + "; nothing was fitted\n");
    return ExitCode::precondition;
  }
  Gathered all = arguments.positional.empty() ? from_ledger(arguments, settings.seed) : from_file(arguments, settings.seed);
  if (arguments.positional.empty() && all.measurements.rows() == 0) {
    print_error("muster fit: the ledger has no observation of " + all.about.what + (all.told.empty() ? "; muster observe list says what it has" : all.told) + "\n");
    return ExitCode::precondition;
  }
  const FitResult result = analysed(std::move(all.about), all.measurements, settings);
  if (!all.told.empty() && !arguments.has("quiet")) (json == "-" || html == "-" ? print_error : print)(all.told + "\n");
  if (json_file) {
    json_file->stream() << fit_json(result, MUSTER_VERSION);
    json_file->commit();
  }
  if (html_file) {
    html_file->stream() << fit_page(result, MUSTER_VERSION);
    html_file->commit();
  }
  if (!arguments.has("quiet") && json != "-" && html != "-") print(fit_text(result, MUSTER_VERSION, {.colour = colour_on_output()}));
  return result.advice == Advice::nothing ? ExitCode::invalid_input : ExitCode::done;
}

}  // namespace muster
