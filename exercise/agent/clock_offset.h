#pragma once
#include <deque>
#include <optional>

#include "models/happening.h"

/// How far another host's clock is from ours, by exchanges over the connection that there is anyway.
///
/// As in NTP (RFC 5905, section 8): we ask at `asked`, it answers with its own time, we have the answer at `answered`. What it said is true of
/// some instant between the two, so that the offset is known to half the round trip, whatever the two ways of the network are like. Between
/// exchanges two clocks part by no more than 1 ms a second (the kernel's slewing is bounded by 500 ppm on either side).
namespace muster {

struct ClockExchange {
  Moment asked;            ///< ours
  Moment theirs;
  Moment answered;         ///< ours
};

/// A value.
class ClockOffset {
 public:
  void add(const ClockExchange& exchange);  ///< the best of the last 32 counts
  bool known() const { return !exchanges_.empty(); }
  double offset() const;   ///< seconds by which its boot clock is ahead of ours
  double error() const;    ///< seconds, on either side, at the last exchange; a bound and no estimate
  double error_at(const Moment& ours) const;  ///< of that instant, also after the last exchange
  /// Its instant on our clocks.
  Moment ours(const Moment& theirs) const;
  /// The boot clock that it has at our instant `now`.
  std::int64_t theirs(const Moment& now) const;

 private:
  const ClockExchange& best() const;
  double error_of(const ClockExchange& exchange) const;
  std::deque<ClockExchange> exchanges_;
};

}  // namespace muster
