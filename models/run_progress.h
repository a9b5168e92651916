#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// How far a recovery has come: what is known of one outage while its plan is carried out. Values.
///
/// Instants are seconds since the onset (t0), none later than `now`. What is not mentioned is not known to have happened.
namespace muster {

struct RunProgress {
  struct Step {
    /// waiting: ready, and waits for what it needs or for seats; pausing: between two attempts; replaced: its fallback has its
    /// place, and has not ended. The rest have ended; a replaced step whose fallback has ended is `stood_in_for`.
    enum class State : std::uint8_t { waiting, running, pausing, replaced, succeeded, failed, passed, stood_in_for };
    std::string name;
    State state = State::waiting;
    double ready = 0;             ///< of a duty: the first time
    std::optional<double> began;  ///< the first attempt; of a duty: of this time; absent: it never ran
    double attempt_began = 0;     ///< of running: the present attempt. Of pausing: when the last one ended
    double ended = 0;
    std::uint32_t attempt = 0;    ///< attempts that had ended before the present (or, pausing, the next) one
    std::uint32_t instance = 0;   ///< of a duty: times that it ended
    struct Attempt {
      double began = 0, ended = 0;
      friend bool operator==(const Attempt&, const Attempt&) = default;
    };
    std::vector<Attempt> past;    ///< attempts that have ended, from the first on; fewer: the others are not known
    friend bool operator==(const Step&, const Step&) = default;
  };
  struct Role {
    std::string name;
    double asked = 0;             ///< when its people were called
    std::uint32_t arrived = 0;    ///< seats that are there, working or free
    friend bool operator==(const Role&, const Role&) = default;
  };
  /// A strike of the outage. Where nothing is known of one: it is drawn, and if it struck it is not repaired yet.
  struct Strike {
    enum class Seen : std::uint8_t { unknown, not_yet, struck } seen = Seen::unknown;
    double at = 0;                     ///< of struck
    std::optional<double> repaired;    ///< by the provider; absent: not yet
    friend bool operator==(const Strike&, const Strike&) = default;
  };
  struct Back {
    std::string service;
    double at = 0;
    friend bool operator==(const Back&, const Back&) = default;
  };

  double now = 0;
  std::optional<double> onset;    ///< seconds since 1970-01-01T00:00Z: which hours people keep; absent: as in a simulation
  std::vector<Step> steps;
  std::vector<Role> roles;
  std::vector<Strike> strikes;    ///< as the outage's, in file order; fewer: nothing is known of the others
  std::vector<Back> back;         ///< services that are up again although no step that recovers them has succeeded
  friend bool operator==(const RunProgress&, const RunProgress&) = default;
};

}  // namespace muster
