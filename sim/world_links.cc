#include <algorithm>

#include "sim/replication.h"

/// Processor sharing: n transfers on a link each get rate / n.
///
/// A link's virtual time is the number of bytes each transfer has got since the link last was idle, so a transfer that joins at virtual
/// time v with b bytes ends when it reaches v + b, whoever joins or leaves meanwhile.
namespace muster {

void World::progress(std::int32_t link) {
  Link& l = links[static_cast<std::size_t>(link)];
  if (!l.active.empty())
    l.virtual_time += (now - l.since) * (described.links[static_cast<std::size_t>(link)].rate / static_cast<double>(l.active.size()));
  l.since = now;
}

void World::reschedule(std::int32_t link) {
  Link& l = links[static_cast<std::size_t>(link)];
  ++l.epoch;
  if (l.active.empty()) {
    l.virtual_time = 0;
    return;
  }
  double least = Program::forever;
  for (const StepOf& s : l.active) least = std::min(least, s.outage->at(s.step).target);
  const double share = described.links[static_cast<std::size_t>(link)].rate / static_cast<double>(l.active.size());
  queue.push(now + std::max(0.0, least - l.virtual_time) / share, Phase::ends, link_end, link, l.epoch);
}

void World::join(StepOf s, std::int32_t link, double bytes) {
  Link& l = links[static_cast<std::size_t>(link)];
  progress(link);
  s.outage->at(s.step).target = l.virtual_time + bytes;
  l.active.push_back(s);
  reschedule(link);
}

/// A transfer that is cut short; those that stay go on faster.
void World::leave(StepOf s, std::int32_t link) {
  Link& l = links[static_cast<std::size_t>(link)];
  progress(link);
  l.active.erase(std::find(l.active.begin(), l.active.end(), s));
  for (const StepOf& other : l.active) other.outage->at(other.step).slowed_by = s.step;
  reschedule(link);
}

/// Every transfer with the least target is through; rounding cannot strand it.
void World::complete(std::int32_t link) {
  Link& l = links[static_cast<std::size_t>(link)];
  const auto target = [](const StepOf& s) { return s.outage->at(s.step).target; };
  double least = Program::forever;
  for (const StepOf& s : l.active) least = std::min(least, target(s));
  l.virtual_time = least;
  l.since = now;
  finished_.clear();
  for (const StepOf& s : l.active)
    if (target(s) <= least) finished_.push_back(s);
  std::erase_if(l.active, [&](const StepOf& s) { return target(s) <= least; });
  for (const StepOf& other : l.active) other.outage->at(other.step).slowed_by = finished_.back().step;
  reschedule(link);
  // Ending a step may stop the plan or join links again, so the list is taken by index and finished transfers end in joining order.
  for (std::size_t i = 0; i < finished_.size(); ++i) {
    const auto [outage, s] = finished_[i];
    outage->schedule(now, Phase::ends, part_end, s, outage->at(s).epoch);
    outage->at(s).end_pending = true;
  }
}

}  // namespace muster
