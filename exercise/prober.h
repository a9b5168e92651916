#pragma once
#include <string>
#include <vector>

#include "exercise/probing.h"

/// The process that looks from one place, and what it tells.
namespace muster {

/// What is due when: instant k of a probe is `start` + k periods.
class Schedule {
 public:
  Schedule(const Moment& start, double every);
  const Moment& due() const { return due_; }
  /// On to the first instant after `now`; those between are left out.
  void pass(const Moment& now);

 private:
  Moment due_;
  std::int64_t every_;
};

/// Looks until the other end of `out` (a socket of packets) is closed. `schedules`, a probe each, begin at their first instants.
/// At most 200 samples of one probe are in flight; instants beyond that are left out.
void probe_from_here(const std::vector<Probe>& probes, const std::vector<Schedule>& schedules, const std::string& folder, int out);

/// A sample of probe number `probe`, or the reason why there will be none.
struct Told {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t probe = none;
  Sample sample;  ///< of none: `what` is the reason
};
std::string to_packet(const Told& told);
bool from_packet(const std::string& packet, Told& told);

}  // namespace muster
