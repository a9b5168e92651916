#include <algorithm>

#include "models/archive.h"
#include "sim/outage_run.h"

/// Parts of a run that is spread over machines.
namespace muster {

void OutageRun::run_part(std::uint64_t first, std::uint64_t last, const std::atomic<bool>* interrupted, const ProgressSink& progress, Progress where) {
  base_ = done_ = first;
  kept_blocks_.emplace();
  if (first < last)
    run_to(last, interrupted, progress, where, {});
  else
    make_room(last);
}

Gathered OutageRun::gather() {
  return {base_, done_ - base_, std::move(counts_), *std::move(kept_blocks_), std::move(values_), std::move(sketches_), std::move(traced_), std::move(steps_)};
}

void OutageRun::adopt(Gathered&& part) {
  const auto require = [](bool fits) {
    if (!fits) throw DamagedArchive();
  };
  require(part.first == done_ && part.count <= planned_ - done_ && part.blocks.size() == (part.count + block - 1) / block);
  require(part.counts.fits(counts_) && part.values.size() == columns_.count && part.traced.size() == columns_.count);
  require(part.sketches.size() == (sketched_ ? columns_.count : 0));
  if (done_ == 0) make_room(planned_);
  // What is kept of each replication up to a limit takes its place there.
  const auto place = [&](Rows& to, const Rows& from, std::uint64_t limit) {
    require(to.size() == from.size());
    const std::uint64_t count = std::min(part.first + part.count, std::max(limit, part.first)) - part.first;
    for (std::size_t c = 0; c < to.size(); ++c) {
      require(from[c].size() == count);
      std::copy(from[c].begin(), from[c].end(), to[c].begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(part.first, to[c].size())));
    }
  };
  if (sketched_)
    place(traced_, part.traced, traced_limit_);
  else
    place(values_, part.values, exact_limit);
  const auto to = steps_.all(), from = part.steps.all();
  for (std::size_t i = 0; i < to.size(); ++i) place(*to[i], *from[i], traced_limit_);
  for (const std::vector<Moments>& one : part.blocks) {
    require(one.size() == columns_.count);
    for (std::size_t c = 0; c < columns_.count; ++c) moments_[c].merge(one[c]);
  }
  for (std::size_t c = 0; c < part.sketches.size(); ++c) sketches_[c].merge(part.sketches[c]);
  counts_.add(part.counts);
  done_ += part.count;
}

}  // namespace muster
