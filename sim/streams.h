#pragma once
#include <string>

#include "models/draw.h"

/// The names under which a replication draws. Part of the promise that a seed gives the same answer for ever: a
/// change here raises draws_version.
///
/// A draw's value feeds a quantile, its coin decides or is a second uniform. Indices count from 0 in file order.
namespace muster::streams {

/// Value: place in the week; second uniform: which week.
inline Stream onset() { return stream("onset"); }
/// Coin: whether it strikes; value: `after`.
inline Stream strike(const std::string& outage, std::size_t i) { return stream("strike/" + outage + "/" + std::to_string(i)); }
inline Stream strike_lasts(const std::string& outage, std::size_t i) {
  return stream("strike/" + outage + "/" + std::to_string(i) + "/lasts");
}
inline Stream outage_lasts(const std::string& outage) { return stream("outage/" + outage + "/lasts"); }
/// Attempt n modulo 2^20, part n / 2^20: value: how long until the n-th occurrence in a forecast; coin: the seed under which it draws.
inline Stream happens(const std::string& outage) { return stream("outage/" + outage + "/happens"); }
inline Stream noticed_after(const std::string& outage) { return stream("outage/" + outage + "/noticed"); }
/// Attempt 0 part 0: the lag, or a backup's phase. Cycle j of a backup (attempt j modulo 2^20): part 1 held and
/// the coin of success, part 2 takes.
inline Stream copy(const std::string& service, std::size_t i) { return stream("copy/" + service + "/" + std::to_string(i)); }
/// Attempt: the seat.
inline Stream role(const std::string& name) { return stream("role/" + name); }
/// Attempt k (a duty: instance * attempts + k), part: the index in `takes`. Part 0 also holds the coin of failure.
inline Stream step(const std::string& name) { return stream("step/" + name); }
/// The wait before attempt k + 1.
inline Stream retry(const std::string& name) { return stream("step/" + name + "/retry"); }

/// What is true of a calibrated law, once in a replication. Value: how spread out; second uniform: where.
inline Stream belief_step(const std::string& step) { return stream("belief/step/" + step); }
inline Stream belief_on(const std::string& role) { return stream("belief/role/" + role + "/on-hours"); }
inline Stream belief_off(const std::string& role) { return stream("belief/role/" + role + "/off-hours"); }
inline Stream belief_lasts(const std::string& outage) { return stream("belief/outage/" + outage + "/lasts"); }
// Of a run that is under way, where a draw must agree with what is known of it. In a replication from the onset none of these is drawn.
/// Attempt: the try (from 1; 0 is what the step itself draws), part: the index in `takes`; or one of these.
inline Stream still(const std::string& name) { return stream("step/" + name + "/still"); }
inline constexpr std::uint32_t accepts = 0xfff, picks = 0xffe, joint_accepts = 0xffd, joint_picks = 0xffc;

}  // namespace muster::streams
