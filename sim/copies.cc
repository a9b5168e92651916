#include "sim/copies.h"

#include <cmath>
#include <string>

namespace muster {
namespace {

constexpr int hopeless = 100'000;  ///< failed backups in a row after which none is looked for any more

/// Cycle j starts at (j - phase) * every; the youngest that was good, succeeded and was complete when struck.
double backup_loss(const Program& p, const Luck& luck, const Program::Copy& c,
                   double struck_at, double noticed, std::string* why) {
  const double phase = luck.value(c.stream).value();
  double cycle = std::floor((struck_at - noticed) / c.every + phase);
  while ((cycle - phase) * c.every > struck_at - noticed) cycle -= 1;
  for (int tried = 0; tried < hopeless; ++tried, cycle -= 1) {
    const double began = (cycle - phase) * c.every;
    if (struck_at - began > c.kept) break;
    const auto attempt = static_cast<std::uint32_t>(static_cast<std::int64_t>(cycle)) & 0xfffffu;
    double usable = began;
    if (c.succeeds < 1 && !luck.heads(c.stream, attempt, 1, c.succeeds)) continue;
    usable += c.held.table == none ? c.held.constant : p.sample(c.held, luck.value(c.stream, attempt, 1));
    usable += c.takes.table == none ? c.takes.constant : p.sample(c.takes, luck.value(c.stream, attempt, 2));
    if (usable <= struck_at) return struck_at - began;
  }
  if (why) *why = "every good one is older than it is kept";
  return never;
}

}  // namespace

double copy_loss(const Program& p, const Luck& luck, std::int32_t service,
                 double struck_at, std::span<const std::int32_t> region_struck, std::int32_t& chosen,
                 std::vector<StoryCopy>* told) {
  const Span copies =
      p.stores[static_cast<std::size_t>(p.nodes[static_cast<std::size_t>(service)].store)].copies;
  const bool corrupted = p.data == DataState::corrupted;
  double noticed = 0;
  if (corrupted) noticed = p.noticed_after.table == none ? p.noticed_after.constant : p.sample(p.noticed_after, luck.value(p.noticed_stream));
  double least = never;
  chosen = no_usable_copy;
  for (std::uint32_t i = copies.begin; i < copies.end; ++i) {
    const Program::Copy& c = p.copies[i];
    double loss = never;
    std::string why;
    if (c.region != none && region_struck[static_cast<std::size_t>(c.region)] > 0) {
      if (told) why = "its region was struck";
    } else if (c.kind == Program::Copy::Kind::backup) {
      loss = backup_loss(p, luck, c, struck_at, noticed, told ? &why : nullptr);
    } else if (c.kind == Program::Copy::Kind::replica && corrupted) {
      if (told) why = "it holds the corruption too";
    } else {
      const double age =
          noticed +
          (c.lag.table == none ? c.lag.constant : p.sample(c.lag, luck.value(c.stream)));
      if (age <= c.kept)
        loss = age;
      else if (told)
        why = "what was good is older than it is kept";
    }
    if (told) told->push_back({p.copy_names[i], loss < never, loss, why, false});
    if (loss < least) {
      least = loss;
      chosen = static_cast<std::int32_t>(i - copies.begin);
    }
  }
  if (told && chosen >= 0) (*told)[static_cast<std::size_t>(chosen)].chosen = true;
  return least;
}

}  // namespace muster
