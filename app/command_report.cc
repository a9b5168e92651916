#include <algorithm>
#include <map>

#include "app/commands.h"
#include "app/interruption.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/print_pdf.h"
#include "app/progress_line.h"
#include "app/studies.h"
#include "models/board_report.h"
#include "reports/board_csv.h"
#include "reports/board_page.h"
#include "sim/forecast.h"
#include "sim/simulate.h"

namespace muster {
namespace {

// Collects what is drawn of each outage while it is simulated; the samples of one outage at a time.
class Painter {
 public:
  void take(const SampleBlock& block) {
    if (block.outage != outage_) finish();
    outage_ = block.outage;
    names_.assign(block.services.begin(), block.services.end());
    rto_.resize(names_.size());
    rpo_.resize(names_.size());
    for (std::uint64_t i = 0; i < block.count; ++i)
      for (std::size_t s = 0; s < names_.size(); ++s) {
        rto_[s].push_back(block.rto[i * names_.size() + s]);
        rpo_[s].push_back(block.rpo[i * names_.size() + s]);
      }
  }
  void finish() {
    if (outage_.empty()) return;
    OutagePicture picture{outage_, {}, {}};
    for (std::size_t s = 0; s < names_.size(); ++s)
      picture.services.push_back({names_[s], curve_of(rto_[s]), curve_of(rpo_[s])});
    pictures_[outage_] = std::move(picture);
    rto_.clear();
    rpo_.clear();
    outage_.clear();
  }
  OutagePicture of(const OutageResult& outage) {
    OutagePicture picture = pictures_[outage.name];
    picture.outage = outage.name;
    const bool objectives = std::any_of(outage.services.begin(), outage.services.end(), [](const ServiceResult& s) {
      return s.affected && s.objective;
    });
    std::erase_if(picture.services, [&](const ServiceCurves& curves) {
      const auto it = std::find_if(outage.services.begin(), outage.services.end(),
                                   [&](const ServiceResult& s) { return s.name == curves.service; });
      return it == outage.services.end() || !it->affected || (objectives && !it->objective);
    });
    return picture;
  }

 private:
  std::string outage_;
  std::vector<std::string> names_;
  std::vector<std::vector<double>> rto_, rpo_;
  std::map<std::string, OutagePicture> pictures_;
};

void add_stories(OutagePicture& picture, const Scenario& scenario, const SimulationOptions& options) {
  SimulationOptions only = options;
  only.outages = {picture.outage};
  only.replications = std::min<std::uint64_t>(options.replications, 100'000);
  for (const auto& [level, name] : {std::pair{0.5, "The median"}, std::pair{0.95, "The 95th percentile"}}) {
    const std::uint64_t replication = replication_at(scenario, picture.outage, "", level, only);
    picture.stories.push_back(explain(scenario, picture.outage, options.seed, replication));
    picture.stories.back().chosen_because = std::string(name) + " of the last recovery: replication " + std::to_string(replication);
  }
}

// The files that were asked for; begun before the simulation, so that a wrong path is not found out after it.
struct Files {
  Files(const Arguments& arguments, const std::string& scenario) {
    std::vector<std::string> paths{scenario};
    bool any = false;
    for (const char* name : {"html", "md", "csv", "pdf"}) {
      if (!arguments.has(name)) continue;
      any = true;
      for (const std::string& other : paths)
        if (same_file(arguments.value(name), other)) throw UsageError(std::string("--") + name + " would write over " + other);
      paths.push_back(arguments.value(name));
    }
    if (!any) throw UsageError("--html FILE, --md FILE, --csv FILE or --pdf FILE says where the report goes");
    if (arguments.has("pdf") && find_chromium().empty())
      throw UsageError("--pdf needs Chromium, and none is here; install the package chromium, or print the page of --html");
    for (const char* name : {"html", "md", "csv"})
      if (arguments.has(name)) files.emplace(name, arguments.value(name));
    if (arguments.has("pdf")) pdf = arguments.value("pdf");
  }
  void write(const BoardReport& report) {
    for (auto& [name, file] : files) {
      file.stream() << (name == "html" ? board_page(report) : name == "md" ? board_markdown(report) : board_csv(report));
      file.commit();
    }
    if (!pdf.empty()) print_pdf(board_page(report), pdf);
  }
  std::map<std::string, OutputFile> files;
  std::string pdf;
};

// All that takes time, in order; each part is asked for by an option of its own.
void add_decisions(BoardReport& report, const std::optional<PreparedStudy>& study, const std::optional<ForecastOptions>& years, bool quiet,
                   Interruption& interruption) {
  ProgressLine progress(!quiet && terminal_on_error());
  const auto show = [&](const Progress& p) { progress.show(p); };
  if (study && !interruption.wanted()->load()) report.study = study->run(show, interruption.wanted());
  if (years && !interruption.wanted()->load()) report.forecast = forecast(report.scenario, *years, show, interruption.wanted());
  progress.clear();
}

BoardReport drawn(BoardReport report, const SimulationOptions& options, bool quiet, Interruption& interruption) {
  ProgressLine progress(!quiet && terminal_on_error());
  Painter painter;
  report.simulation = simulate(
      report.scenario, options, [&](const Progress& p) { progress.show(p); },
      [&](const SampleBlock& block) { painter.take(block); }, interruption.wanted());
  painter.finish();
  report.simulation.program = MUSTER_VERSION;
  for (const OutageResult& outage : report.simulation.outages) {
    report.pictures.push_back(painter.of(outage));
    if (!interruption.wanted()->load()) add_stories(report.pictures.back(), report.scenario, options);
  }
  progress.clear();
  return report;
}

ForecastOptions years_ahead(const Scenario& scenario, const Arguments& arguments, const SimulationOptions& options) {
  ForecastOptions out;
  out.years = static_cast<int>(count_value("forecast", arguments.value("forecast"), 1, 1000));
  out.replications = options.replications;
  out.seed = options.seed;
  out.threads = options.threads;
  if (std::none_of(scenario.outages.begin(), scenario.outages.end(), [](const Outage& outage) { return happens(outage); }))
    throw UsageError("--forecast needs an outage that says how often it happens (happens: 0.2/year)");
  return out;
}

std::string command_line(const Arguments& arguments, const SimulationOptions& options) {
  std::string out = "muster report " + arguments.positional.front() + " --html FILE --replications " +
                    std::to_string(options.replications) + " --seed " + std::to_string(options.seed);
  for (const std::string& name : options.outages) out += " --outage " + name;
  for (const std::string& one : arguments.all("set")) out += " --set " + one;
  for (const char* name : {"study", "forecast"})
    if (arguments.has(name)) out += std::string(" --") + name + " " + arguments.value(name);
  return out;
}

}  // namespace

Command report_options() {
  return {"report",
          "Writes a page for a board: what can be promised for each service, what decides it, and what it rests on; one "
          "file that needs no network.",
          "SCENARIO",
          {{"html", "FILE", "the page; - is the standard output"},
           {"pdf", "FILE", "the page, printed by Chromium"},
           {"md", "FILE", "its tables and sentences as Markdown"},
           {"csv", "FILE", "its verdicts and quantiles as CSV, a row for each"},
           {"study", "FILE", "also what this study recommends, with its frontier and heat maps"},
           {"forecast", "YEARS", "also what so many years ahead may bring and cost"},
           {"replications", "N", "simulate each outage N times (100000)"},
           seed_option(),
           {"outage", "NAME", "only this outage; may be repeated", true},
           set_option(),
           calibration_option(),
           threads_option(),
           {"quiet", "", "no progress; problems are still told"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster report plan.yaml --html plan.html\n"
          "  muster report plan.yaml --study options.yaml --forecast 3 --html plan.html\n"
          "  muster report plan.yaml --outage region-loss --html loss.html --pdf loss.pdf\n"};
}

ExitCode report_command(const Arguments& arguments) {
  const std::string path = arguments.positional.front();
  BoardReport report{load_with_settings(path, arguments).scenario, {}, {}, {}, {}, {}};
  SimulationOptions options;
  if (arguments.has("replications"))
    options.replications = count_value("replications", arguments.value("replications"), 1, 1'000'000);
  if (arguments.has("seed")) options.seed = seed_value("seed", arguments.value("seed"));
  options.threads = threads_of(arguments);
  for (const std::string& name : arguments.all("outage")) {
    require_known("outage", "outage", name, outage_names(report.scenario));
    if (std::find(options.outages.begin(), options.outages.end(), name) == options.outages.end())
      options.outages.push_back(name);
  }
  options.sensitivity = true;
  std::optional<PreparedStudy> study;
  if (arguments.has("study")) {
    StudyRequest request = study_request(arguments);
    request.calibration = calibration_for(request.scenario, arguments);
    request.study = arguments.value("study");
    study.emplace(request);
  }
  std::optional<ForecastOptions> years;
  if (arguments.has("forecast")) years = years_ahead(report.scenario, arguments, options);
  Files files(arguments, path);
  Interruption interruption;
  report.command = command_line(arguments, options);
  report = drawn(std::move(report), options, arguments.has("quiet"), interruption);
  add_decisions(report, study, years, arguments.has("quiet"), interruption);
  files.write(report);
  return interruption.signal() != 0 ? static_cast<ExitCode>(128 + interruption.signal()) : ExitCode::done;
}

}  // namespace muster
