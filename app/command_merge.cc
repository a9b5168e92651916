#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "app/commands.h"
#include "app/output.h"
#include "app/simulations.h"
#include "app/studies.h"
#include "exercise/refused.h"
#include "models/archive.h"
#include "models/draw.h"
#include "models/shard.h"
#include "models/wording.h"
#include "reports/simulate_json.h"
#include "reports/simulate_text.h"
#include "reports/study_json.h"
#include "reports/study_text.h"
#include "sim/simulate_part.h"

namespace muster {
namespace {

// All parts of one run, each once, in their order.
std::vector<ShardFile> whole_run(const std::vector<std::string>& paths) {
  std::vector<ShardFile> parts;
  for (const std::string& path : paths) {
    ShardFile one(path);
    if (!parts.empty()) {
      const std::string other = one.part().of != parts[0].part().of
                                    ? "it is one of " + std::to_string(one.part().of) + " parts, not of " + std::to_string(parts[0].part().of)
                                    : difference(parts[0].job(), one.job());
      if (!other.empty()) throw BadShard(path + " does not belong to " + parts[0].path() + ": " + other);
    }
    const auto same = std::find_if(parts.begin(), parts.end(), [&](const ShardFile& each) { return each.part() == one.part(); });
    if (same == parts.end())
      parts.push_back(std::move(one));
    else if (same->sha256() != one.sha256())
      throw BadShard(path + " and " + same->path() + " are the same part with different results; run it again");
  }
  std::sort(parts.begin(), parts.end(), [](const ShardFile& a, const ShardFile& b) { return a.part().index < b.part().index; });
  const std::uint64_t of = parts.at(0).part().of;
  std::vector<std::string> missing;
  for (std::uint64_t index = 1, i = 0; index <= of; ++index) {
    if (i < parts.size() && parts[i].part().index == index)
      ++i;
    else if (missing.size() < 20)
      missing.push_back(std::to_string(index));
  }
  const std::size_t lacking = of - parts.size();
  if (lacking > missing.size()) missing.push_back(std::to_string(lacking - missing.size()) + " more");
  if (lacking > 0) throw Refused({"of " + std::to_string(of) + " shards " + listed(missing, "and") + (lacking == 1 ? " is missing" : " are missing")});
  return parts;
}

// The files of the run as they were where it ran, for as long as it lives.
class FilesOfRun {
 public:
  explicit FilesOfRun(const ShardJob& job) {
    std::string name = (std::filesystem::temp_directory_path() / "muster-merge-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw OutputFailure("no folder can be made in " + std::filesystem::temp_directory_path().string());
    folder_ = name;
    for (std::size_t i = 1; i < job.files.size(); ++i) {
      // Tables lie below the scenario; what says otherwise is not written anywhere. A study is read from memory.
      const std::filesystem::path inside = std::filesystem::path(job.files[i].first).lexically_normal();
      if (inside.is_absolute() || inside.empty() || *inside.begin() == "..") continue;
      std::filesystem::create_directories((folder_ / inside).parent_path());
      write_file((folder_ / inside).string(), job.files[i].second);
    }
  }
  ~FilesOfRun() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  FilesOfRun(const FilesOfRun&) = delete;
  FilesOfRun& operator=(const FilesOfRun&) = delete;
  std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

using Section = std::function<std::string(std::uint64_t part, std::size_t outage)>;

class Merging {
 public:
  Merging(const Arguments& arguments, const std::vector<ShardFile>& parts)
      : arguments_(arguments), parts_(parts), job_(parts.at(0).job()), files_(job_), path_(arguments.value("json")) {
    if (arguments.has("json")) json_.emplace(path_);
  }

  ExitCode simulation() {
    const Arguments words = parse(simulate_options(), std::span(job_.words).subspan(1));
    Scenario scenario = parse_scenario(job_.files[0].second, job_.files[0].first, files_.folder(), settings_in(words)).scenario;
    if (const auto calibration = calibration_in(job_.files, files_.folder(), words)) apply(*calibration, scenario);
    SimulationResult result = merge_parts(scenario, simulation_options(words, scenario), parts_.size(), section());
    result.program = MUSTER_VERSION;
    deliver([&](std::ostream& out) { out << simulate_json(scenario, result); },
            [&] { return simulate_text(scenario, result, {.colour = colour_on_output()}); });
    return arguments_.has("fail-on-miss") && result.missed() ? ExitCode::objective_missed : ExitCode::done;
  }

  ExitCode study() {
    if (arguments_.has("fail-on-miss")) throw UsageError("--fail-on-miss is for shards of a simulation; these are of a study");
    const Arguments words = parse(what_if_options(), std::span(job_.words).subspan(1));
    StudyRequest request = study_request(words);
    request.calibration = calibration_in(job_.files, files_.folder(), words);
    const PreparedStudy prepared(request, job_.files, files_.folder());
    const StudyResult result = prepared.merge(parts_.size(), section());
    deliver([&](std::ostream& out) { write_study_json(out, prepared.scenario(), result); },
            [&] { return study_text(prepared.scenario(), result, {.colour = colour_on_output()}); });
    return ExitCode::done;
  }

 private:
  Section section() const {
    return [this](std::uint64_t part, std::size_t outage) {
      if (outage >= parts_[part].sections()) throw DamagedArchive();
      return parts_[part].section(outage);
    };
  }
  template <class Write, class Text>
  void deliver(Write write, Text text) {
    if (json_) {
      write(json_->stream());
      json_->commit();
    }
    if (!arguments_.has("quiet") && path_ != "-") print(text());
  }

  const Arguments& arguments_;
  const std::vector<ShardFile>& parts_;
  const ShardJob& job_;
  const FilesOfRun files_;
  const std::string path_;
  std::optional<OutputFile> json_;
};

}  // namespace

Command merge_options() {
  return {"merge",
          "Puts the parts of a simulation or a study together that --shard had on several machines. The result is that of one run, to the byte.",
          "SHARD...",
          {{"json", "FILE", "write the result as JSON; - is the standard output, in place of the report"},
           {"fail-on-miss", "", "end with 1 when an objective is missed"},
           {"quiet", "", "no report; problems are still told"},
           {"help", "", "print this"}},
          "A shard that is given twice does no harm. Ends with 4 when some are missing,\n"
          "and with 3 when one is damaged or of another run; each is named.\n"
          "\n"
          "Examples:\n"
          "  muster simulate plan.yaml --replications 1e8 --shard 1/2\n"
          "  muster simulate plan.yaml --replications 1e8 --shard 2/2     (elsewhere)\n"
          "  muster merge muster-*.shard --json result.json\n"};
}

ExitCode merge_command(const Arguments& arguments) {
  const std::vector<ShardFile> parts = whole_run(arguments.positional);
  const ShardJob& job = parts[0].job();
  if (arguments.has("json"))
    for (const std::string& shard : arguments.positional)
      if (same_file(arguments.value("json"), shard)) throw UsageError("--json would write over " + shard);
  if (job.program != MUSTER_VERSION || job.draws != draws_version)
    throw BadShard(parts[0].path() + " was made by muster " + job.program + "; merge it with that version");
  const std::string command = job.words.empty() ? "" : job.words[0];
  if (job.files.empty() || (command != "simulate" && command != "what-if")) throw BadShard(parts[0].path() + " is of a command that has no shards");
  try {
    Merging merging(arguments, parts);
    return command == "simulate" ? merging.simulation() : merging.study();
  } catch (const DamagedArchive&) {
    throw BadShard("the shards do not fit together, though none is damaged; they were made by another build of muster " MUSTER_VERSION);
  }
}

}  // namespace muster
