#include <algorithm>

#include "sim/replication.h"

/// Processor sharing: n transfers on a link each get rate / n.
///
/// A link's virtual time is the number of bytes each transfer has got since the link last was idle, so a transfer that joins at virtual
/// time v with b bytes ends when it reaches v + b, whoever joins or leaves meanwhile.
namespace muster {

void Replication::progress(std::int32_t link) {
  LinkRun& l = links_[static_cast<std::size_t>(link)];
  if (!l.active.empty())
    l.virtual_time += (now_ - l.since) * (p_.links[static_cast<std::size_t>(link)].rate / static_cast<double>(l.active.size()));
  l.since = now_;
}

void Replication::reschedule(std::int32_t link) {
  LinkRun& l = links_[static_cast<std::size_t>(link)];
  ++l.epoch;
  if (l.active.empty()) {
    l.virtual_time = 0;
    return;
  }
  double least = never;
  for (std::int32_t s : l.active) least = std::min(least, at(s).target);
  const double share = p_.links[static_cast<std::size_t>(link)].rate / static_cast<double>(l.active.size());
  queue_.push(now_ + std::max(0.0, least - l.virtual_time) / share, Phase::ends, link_end, link, l.epoch);
}

void Replication::join(std::int32_t s, std::int32_t link, double bytes) {
  LinkRun& l = links_[static_cast<std::size_t>(link)];
  progress(link);
  at(s).target = l.virtual_time + bytes;
  l.active.push_back(s);
  reschedule(link);
}

/// A transfer that is cut short; those that stay go on faster.
void Replication::leave(std::int32_t s, std::int32_t link) {
  LinkRun& l = links_[static_cast<std::size_t>(link)];
  progress(link);
  l.active.erase(std::find(l.active.begin(), l.active.end(), s));
  for (std::int32_t other : l.active) at(other).slowed_by = s;
  reschedule(link);
}

/// Every transfer with the least target is through; rounding cannot strand it.
void Replication::complete(std::int32_t link) {
  LinkRun& l = links_[static_cast<std::size_t>(link)];
  double least = never;
  for (std::int32_t s : l.active) least = std::min(least, at(s).target);
  l.virtual_time = least;
  l.since = now_;
  finished_.clear();
  for (std::int32_t s : l.active)
    if (at(s).target <= least) finished_.push_back(s);
  std::erase_if(l.active, [&](std::int32_t s) { return at(s).target <= least; });
  for (std::int32_t other : l.active) at(other).slowed_by = finished_.back();
  reschedule(link);
  // Ending a step may stop the plan or join links again, so the list is taken by index and finished transfers end in joining order.
  for (std::size_t i = 0; i < finished_.size(); ++i) {
    const std::int32_t s = finished_[i];
    queue_.push(now_, Phase::ends, part_end, s, at(s).epoch);
    at(s).end_pending = true;
  }
}

}  // namespace muster
