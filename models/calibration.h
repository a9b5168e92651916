#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/calibrated_law.h"
#include "models/observation.h"
#include "models/scenario.h"

/// What observations have taught about a scenario: an overlay that changes laws of it and is kept apart from it.
///
/// Of a step the item is how long one attempt takes *alone*: the sum of its parts, a transfer with the link to itself. In a simulation
/// that time is drawn and shared by the parts in proportion to their means, a transfer's share as so much more or less to move, so that
/// it still shares its link. A drain has no time of its own (it depends on when it starts): steps with one are not calibrated.
namespace muster {

struct CalibratedItem {
  enum class Hours : std::uint8_t { all, on, off };  ///< of a role's response
  Observation::Of of = Observation::Of::step;
  std::string name;
  Hours hours = Hours::all;
  std::vector<std::string> outages;   ///< of a step that is stated differently for others: in whose plans it is this one; else none
  std::string law;                    ///< SHA-256 of what was stated, in canonical form: the item is of no use for anything else
  std::string stated;                 ///< the same for people
  std::optional<Lognormal> stand_in;  ///< if any: the scores' law, because some lay where what was stated says that none can
  Belief prior, posterior;
  std::size_t observations = 0, censored = 0;  ///< the latter among the former
  double worth = 0;                   ///< the sum of their weights
  std::string first, last;            ///< when they ended, UTC: "2026-11-28"; "" where none is known
  double age_days = 0;                ///< their mean age, weighted; 0 without
  std::vector<std::string> sources;   ///< each once, sorted
  double drift = 1;                   ///< how probable they are under the prior; 0 where impossible; 1 without any
  bool drifted() const { return observations > 0 && drift < drift_level; }
  static constexpr double drift_level = 0.01;
  friend bool operator==(const CalibratedItem&, const CalibratedItem&) = default;
};

/// Observations that change nothing, and why.
struct UnusedObservations {
  std::string what, why;
  std::size_t count = 0;
  friend bool operator==(const UnusedObservations&, const UnusedObservations&) = default;
};

struct Calibration {
  std::string title, file, sha256;  ///< of the scenario that it was made for
  std::string as_of;                ///< the instant that ages count from, UTC
  std::optional<double> half_life;  ///< seconds
  std::vector<CalibratedItem> items;  ///< roles, outages, steps: in file order
  std::vector<UnusedObservations> unused;
  friend bool operator==(const Calibration&, const Calibration&) = default;
};

/// "step restore-db", "step restore-db for region-loss", "role engineer, off-hours".
std::string title_of(const CalibratedItem& item);

/// How long an attempt of the step takes alone, in the scenario that has it.
struct AloneTime {
  std::optional<Distribution> scores;  ///< nothing: why_not
  bool exactly = false;  ///< the law of the time alone is this very one, and not an approximation of what is stated
  std::string why_not;
};
AloneTime time_alone(const Step& step, const Scenario& scenario);
/// The mean of each part alone; their shares of the whole are in proportion.
std::vector<double> means_alone(const Step& step, const Scenario& scenario);

/// What stands for the stated laws in CalibratedItem::law.
std::string law_of(const Step& step, const Scenario& scenario);
std::string law_of(const Distribution& law);

/// Puts the items into the scenario: into every law that is the one that the item was made for, in whatever plan, also as outages see
/// them; and gives the scenario the hash of the whole. Returns the items that found no place.
std::vector<const CalibratedItem*> apply(const Calibration& calibration, Scenario& scenario);

/// The YAML of the overlay, as parse_calibration() reads it: numbers with all their digits.
std::string calibration_yaml(const Calibration& calibration);

}  // namespace muster
