#include "app/shards.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "app/interruption.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/progress_line.h"
#include "models/document.h"
#include "models/draw.h"

namespace muster {
namespace {

constexpr std::uint64_t most_parts = 100'000;
constexpr std::size_t largest_file = std::size_t{16} << 20;  ///< of a table; the loader's limits of others are lower

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

std::uint64_t number_in(const char* name) {
  try {
    return count_value(name, *environment(name), 0, 1'000'000'000);
  } catch (const UsageError&) {
    throw UsageError("the environment's " + std::string(name) + " is \"" + *environment(name) + "\"; expected a whole number");
  }
}

// Which task of an array this is, from 1, and of how many where the environment says it.
std::pair<std::uint64_t, std::optional<std::uint64_t>> part_of_environment() {
  if (environment("SLURM_ARRAY_TASK_ID")) {
    const std::uint64_t least = environment("SLURM_ARRAY_TASK_MIN") ? number_in("SLURM_ARRAY_TASK_MIN") : 1;
    const std::uint64_t step = environment("SLURM_ARRAY_TASK_STEP") ? std::max<std::uint64_t>(1, number_in("SLURM_ARRAY_TASK_STEP")) : 1;
    const std::uint64_t id = number_in("SLURM_ARRAY_TASK_ID");
    if (id < least) throw UsageError("the environment's SLURM_ARRAY_TASK_ID is below its SLURM_ARRAY_TASK_MIN");
    return {(id - least) / step + 1, environment("SLURM_ARRAY_TASK_COUNT") ? std::optional(number_in("SLURM_ARRAY_TASK_COUNT")) : std::nullopt};
  }
  if (environment("JOB_COMPLETION_INDEX")) return {number_in("JOB_COMPLETION_INDEX") + 1, std::nullopt};
  if (environment("AWS_BATCH_JOB_ARRAY_INDEX"))
    return {number_in("AWS_BATCH_JOB_ARRAY_INDEX") + 1,
            environment("AWS_BATCH_JOB_ARRAY_SIZE") ? std::optional(number_in("AWS_BATCH_JOB_ARRAY_SIZE")) : std::nullopt};
  throw UsageError("--shard auto: the environment names no part of an array job (SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX); "
                   "name it, such as --shard 3/16");
}

// What decides the result, in an order of its own: all parts of one run say the same.
std::vector<std::string> words_of(const std::string& command, const Arguments& arguments) {
  static constexpr std::array changes_nothing{"shard", "shards", "threads", "isa", "path", "timing", "quiet"};
  std::vector<std::string> words{command};
  words.insert(words.end(), arguments.positional.begin(), arguments.positional.end());
  for (const auto& [option, values] : arguments.values) {
    if (std::find(changes_nothing.begin(), changes_nothing.end(), option) != changes_nothing.end()) continue;
    if (values.empty()) words.push_back("--" + option);
    for (const std::string& value : values) words.push_back("--" + option + "=" + value);
  }
  return words;
}

ShardJob job_of(const Arguments& arguments, const ShardedRun& run) {
  ShardJob job{MUSTER_VERSION, draws_version, run.scenario.sha256, words_of(run.command, arguments), {}};
  const std::filesystem::path scenario = arguments.positional.at(0);
  job.files.emplace_back(scenario.string(), read_file(scenario.string(), largest_file));
  if (!run.study.empty()) job.files.emplace_back(run.study, read_file(run.study, largest_file));
  for (const std::string& table : run.tables)
    job.files.emplace_back(table, read_file((scenario.parent_path() / table).string(), largest_file));
  if (arguments.has("calibration")) job.files.emplace_back(arguments.value("calibration"), read_file(arguments.value("calibration"), largest_file));
  return job;
}

std::string file_name(const ShardJob& job, const ShardPart& part) {
  std::string index = std::to_string(part.index);
  index.insert(0, std::to_string(part.of).size() - index.size(), '0');
  return "muster-" + name_of(job) + "-" + index + "-of-" + std::to_string(part.of) + ".shard";
}

bool is_there(const std::string& path, const ShardJob& job, const ShardPart& part) {
  if (!std::filesystem::exists(path)) return false;
  try {
    const ShardFile file(path);
    return file.job() == job && file.part() == part;
  } catch (const BadShard&) {
    return false;  // made anew
  }
}

}  // namespace

Option shard_option() {
  return {"shard", "I/N",
          "only part I of N, from 1, into a file for muster merge; auto: the part that the environment names, as array jobs of Slurm and AWS "
          "Batch do, and auto/N, as those of Kubernetes do"};
}
Option shards_option() { return {"shards", "FOLDER", "where the file of --shard goes (.)"}; }

ShardPart shard_value(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string index = text.substr(0, slash);
  std::optional<std::uint64_t> of;
  if (slash != std::string::npos) of = count_value("shard", text.substr(slash + 1), 1, most_parts);
  ShardPart part;
  if (index == "auto") {
    const auto [number, count] = part_of_environment();
    if (of && count && *of != *count)
      throw UsageError("--shard " + text + ": the environment says that there are " + std::to_string(*count) + " parts");
    if (!of && !count) throw UsageError("--shard auto: the environment does not say how many parts there are; say it, such as --shard auto/16");
    part = {number, of ? *of : *count};
    if (part.of == 0 || part.of > most_parts) throw UsageError("--shard auto: the environment asks for " + std::to_string(part.of) + " parts; expected 1 to 100000");
  } else {
    if (!of) throw UsageError("--shard: \"" + text + "\" is no part; expected which of how many, such as 3/16");
    part = {count_value("shard", index, 0, 1'000'000'000), *of};
  }
  if (part.index == 0) throw UsageError("--shard " + text + ": parts are counted from 1");
  if (part.index > part.of)
    throw UsageError("--shard " + text + ": there is no part " + std::to_string(part.index) + " of " + std::to_string(part.of));
  return part;
}

ExitCode write_shard(const Arguments& arguments, const ShardedRun& run, const RunPart& run_part) {
  const ShardPart part = shard_value(arguments.value("shard"));
  const ShardJob job = job_of(arguments, run);
  const std::string path = (std::filesystem::path(arguments.value("shards", ".")) / file_name(job, part)).lexically_normal().string();
  const bool quiet = arguments.has("quiet");
  if (is_there(path, job, part)) {
    if (!quiet) print(path + " is there already\n");
    return ExitCode::done;
  }
  Interruption interruption;
  try {
    const OutputFile can_be_written(path);  // begun for good at the end: whoever is killed before leaves nothing
  } catch (const OutputFailure& failure) {
    print_error("muster " + run.command + ": " + std::string(failure.what()) + "; nothing was simulated\n");
    return ExitCode::precondition;
  }
  ProgressLine progress(!quiet && terminal_on_error());
  const std::vector<std::string> sections = run_part(part, [&](const Progress& p) { progress.show(p); }, interruption.wanted());
  progress.clear();
  if (interruption.signal() != 0) return static_cast<ExitCode>(128 + interruption.signal());
  OutputFile file(path);
  file.stream() << shard_bytes(job, part, sections);
  file.commit();
  if (!quiet) print(path + "\n");
  return ExitCode::done;
}

}  // namespace muster
