#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>

/// What a running simulation tells while it runs.
namespace muster {

struct Progress {
  std::string outage;
  std::uint64_t done = 0, total = 0;  ///< replications of this outage; total grows when a precision is asked
  int outage_index = 0, outages = 0;
};
/// Called from one thread, at most about ten times a second.
using ProgressSink = std::function<void(const Progress&)>;

/// Consecutive replications of one outage, in order; spans live only for the call.
struct SampleBlock {
  std::string outage;
  std::span<const std::string> services;
  std::span<const std::string> steps;    ///< empty unless steps were asked for
  std::uint64_t first = 0, count = 0;
  std::span<const double> rto, rpo;      ///< [replication - first][service]
  std::span<const double> start, end;    ///< [replication - first][step]; NaN where it did not start or end
};
using SampleSink = std::function<void(const SampleBlock&)>;  ///< called from one thread, blocks in order

}  // namespace muster
