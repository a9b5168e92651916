#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/exit_codes.h"
#include "models/progress.h"
#include "models/scenario.h"
#include "models/shard.h"

/// Runs in parts: what `simulate` and `what-if` do with --shard.
namespace muster {

Option shard_option();
Option shards_option();

/// "3/16"; "auto" or "auto/16": which one the environment says, as array jobs of Slurm, Kubernetes and AWS Batch do. Throws UsageError.
ShardPart shard_value(const std::string& text);

struct ShardedRun {
  std::string command;
  const Scenario& scenario;
  std::string study;                ///< file; empty: none
  std::vector<std::string> tables;  ///< CSV files that are read, as they are named
};
using RunPart = std::function<std::vector<std::string>(const ShardPart& part, const ProgressSink& progress, const std::atomic<bool>* interrupted)>;

/// Runs the part that --shard names and writes its file into the folder of --shards, whole or not at all. A file of the same part that is
/// there already is left as it is, and nothing is run. Says where it is on the standard output.
ExitCode write_shard(const Arguments& arguments, const ShardedRun& run, const RunPart& run_part);

}  // namespace muster
