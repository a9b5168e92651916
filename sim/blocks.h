#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "models/progress.h"
#include "sim/on_threads.h"
#include "sim/reporter.h"

/// Replications on several threads, gathered so that the number of threads does not show: they come in blocks of consecutive
/// numbers, which are merged one by one in their order.
namespace muster {

struct BlocksToRun {
  std::uint64_t from = 0, to = 0, size = 1024;
  int threads = 0;  ///< 0: all cores
  const std::atomic<bool>* interrupted = nullptr;
};

/// `make_worker()` gives each thread its own worker; `worker(first, count)` runs replications and returns what they gave; `merge(first,
/// count, result)` is called for one block at a time, in order. Returns the end of what was merged: `to`, or earlier when
/// interrupted, but always past the block that begins at 0. `progress` is told about ten times a second. What a worker throws is thrown.
template <class MakeWorker, class Merge>
std::uint64_t run_blocks(const BlocksToRun& work, Progress where, const ProgressSink& progress, MakeWorker make_worker, Merge merge) {
  using Result = decltype(make_worker()(std::uint64_t{}, std::uint64_t{}));
  std::mutex merging;
  std::map<std::uint64_t, Result> early;  // wait for an earlier one
  std::uint64_t merged = work.from;
  std::atomic<std::uint64_t> next{work.from};
  std::atomic<bool> failed{false};
  const auto run = [&](std::size_t) {
    try {
      auto worker = make_worker();
      for (;;) {
        const std::uint64_t first = next.fetch_add(work.size);
        if (first >= work.to || failed || (first > 0 && work.interrupted && *work.interrupted)) return;
        Result result = worker(first, std::min(work.size, work.to - first));
        const std::lock_guard lock(merging);
        early.emplace(first, std::move(result));
        for (auto it = early.begin(); it != early.end() && it->first == merged; it = early.erase(it)) {
          const std::uint64_t count = std::min(work.size, work.to - merged);
          merge(merged, count, std::move(it->second));
          merged += count;
        }
      }
    } catch (...) {
      failed = true;
      throw;
    }
  };
  const std::uint64_t blocks = (work.to - std::min(work.from, work.to) + work.size - 1) / work.size;
  const std::uint64_t threads = std::max<std::uint64_t>(1, std::min<std::uint64_t>(threads_for(work.threads), blocks));
  {
    const Reporter reporter(progress, [&] {
      const std::lock_guard lock(merging);
      where.done = merged;
      where.total = work.to;
      return where;
    });
    on_threads(threads, threads, run);
  }
  return merged;
}

}  // namespace muster
