#include <algorithm>
#include <map>

#include "app/commands.h"
#include "app/interruption.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/progress_line.h"
#include "models/board_report.h"
#include "reports/board_page.h"
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

}  // namespace

Command report_options() {
  return {"report",
          "Writes a page for a board: what can be promised for each service, what decides it, and what it rests on; one "
          "file that needs no network.",
          "SCENARIO",
          {{"html", "FILE", "where the page goes; - is the standard output"},
           {"replications", "N", "simulate each outage N times (100000)"},
           seed_option(),
           {"outage", "NAME", "only this outage; may be repeated", true},
           set_option(),
           threads_option(),
           {"quiet", "", "no progress; problems are still told"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster report plan.yaml --html plan.html\n"};
}

ExitCode report_command(const Arguments& arguments) {
  const std::string path = arguments.positional.front();
  if (!arguments.has("html")) throw UsageError("--html FILE says where the page goes");
  if (same_file(arguments.value("html"), path)) throw UsageError("--html would write over " + path);
  BoardReport report{load_with_settings(path, arguments).scenario, {}, {}, {}};
  SimulationOptions options;
  if (arguments.has("replications"))
    options.replications = count_value("replications", arguments.value("replications"), 1, 1'000'000);
  if (arguments.has("seed")) options.seed = seed_value("seed", arguments.value("seed"));
  options.threads = threads_of(arguments);
  for (const std::string& name : arguments.all("outage")) {
    require_known("outage", "outage", name, outage_names(report.scenario));
    options.outages.push_back(name);
  }
  OutputFile file(arguments.value("html"));
  Interruption interruption;
  const bool quiet = arguments.has("quiet");
  ProgressLine progress(!quiet && terminal_on_error());
  Painter painter;
  report.simulation = simulate(
      report.scenario, options, [&](const Progress& p) { progress.show(p); },
      [&](const SampleBlock& block) { painter.take(block); }, interruption.wanted());
  painter.finish();
  progress.clear();
  report.simulation.program = MUSTER_VERSION;
  for (const OutageResult& outage : report.simulation.outages) {
    report.pictures.push_back(painter.of(outage));
    if (!interruption.wanted()->load()) add_stories(report.pictures.back(), report.scenario, options);
  }
  report.command = "muster report " + path + " --html FILE --replications " + std::to_string(options.replications) + " --seed " +
                   std::to_string(options.seed);
  for (const std::string& name : options.outages) report.command += " --outage " + name;
  for (const std::string& one : arguments.all("set")) report.command += " --set " + one;
  file.stream() << board_page(report);
  file.commit();
  if (!quiet && arguments.value("html") != "-") print_error("written: " + arguments.value("html") + "\n");
  return interruption.signal() != 0 ? static_cast<ExitCode>(128 + interruption.signal()) : ExitCode::done;
}

}  // namespace muster
