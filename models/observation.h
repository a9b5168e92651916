#pragma once
#include <cstdint>
#include <string>

/// What was measured of something that a scenario draws: what the ledger and files yield, and what fitting and calibration read.
namespace muster {

/// A value. One attempt of a step, one response of a person, one outage's length.
struct Observation {
  enum class Of : std::uint8_t { step, response, outage };
  Of of = Of::step;
  std::string name;         ///< of the step, role or outage, as scenarios name it
  double seconds = 0;       ///< >= 0
  bool censored = false;    ///< it was not over when it was last seen: it takes longer than `seconds`
  std::int64_t ended = 0;   ///< when it ended or was last seen, nanoseconds since 1970-01-01T00:00Z; 0: not known
  std::string source;       ///< where it comes from, as people find it again: "exercise ID", "incident ID", "FILE row 12"
  std::string scenario;     ///< title of the scenario that it is of; "": not known, may be of any
  /// Of a step: the role that was asked for the first time by it, so that its time holds that role's response too. Else "".
  std::string with_response_of;
  std::string during{};     ///< the outage that struck or was played when it was measured, as scenarios name it; "": not known
  friend bool operator==(const Observation&, const Observation&) = default;
};

}  // namespace muster
