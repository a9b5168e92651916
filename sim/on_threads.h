#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace muster {

/// As many as asked for; 0: as there are cores.
inline unsigned threads_for(int asked) { return asked > 0 ? static_cast<unsigned>(asked) : std::max(1u, std::thread::hardware_concurrency()); }

/// Calls of(i) for each i below n, on at most so many threads, the caller's among them. What one call writes no other may touch, so that who does what
/// does not show. The first exception is thrown again when all have ended.
template <class F>
void on_threads(std::size_t threads, std::size_t n, const F& of) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failing;
  const auto work = [&] {
    try {
      for (std::size_t i; (i = next.fetch_add(1)) < n;) of(i);
    } catch (...) {
      next = n;
      const std::lock_guard lock(failing);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < std::min(threads, n); ++t) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace muster
