#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "models/progress.h"
#include "sim/on_threads.h"

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
  std::atomic<bool> failed{false}, over{false};
  std::exception_ptr failure;
  const auto run = [&] {
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
      const std::lock_guard lock(merging);
      if (!failure) failure = std::current_exception();
      failed = true;
    }
  };
  const std::uint64_t blocks = (work.to - std::min(work.from, work.to) + work.size - 1) / work.size;
  const std::uint64_t asked = threads_for(work.threads);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 1; t < std::min(asked, blocks); ++t) threads.emplace_back(run);
  std::thread reporter;
  if (progress)
    reporter = std::thread([&] {
      while (!over) {
        {
          const std::lock_guard lock(merging);
          where.done = merged;
        }
        where.total = work.to;
        progress(where);
        for (int i = 0; i < 10 && !over; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    });
  run();
  for (auto& t : threads) t.join();
  over = true;
  if (reporter.joinable()) reporter.join();
  if (failure) std::rethrow_exception(failure);
  return merged;
}

}  // namespace muster
