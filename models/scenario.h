#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/calendar.h"
#include "models/calibrated_law.h"
#include "models/distribution.h"

/// A scenario as plain values: what the file says, resolved and checked, in file order.
///
/// Durations are seconds, sizes bytes, rates bytes per second, frequencies per second, probabilities fractions.
/// Names stay names; the loader has proved that each is defined and that nothing runs in circles.
namespace muster {

/// Where a fact comes from; goes to reports and changes no result.
struct Provenance {
  std::string note, source;
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

/// Something that must be up: a service or a region by name, or at least k of several.
struct Need {
  std::vector<std::string> of;  ///< one name, or the members of at-least
  int at_least = 1;             ///< how many of them must be up
  friend bool operator==(const Need&, const Need&) = default;
};

struct Response {
  Distribution on_hours;
  Distribution off_hours;
  bool absent_off_hours = false;  ///< off-hours nobody comes until the next on-hours begin
  std::optional<CalibratedLaw> on_calibrated{}, off_calibrated{};  ///< if any: drawn instead
  friend bool operator==(const Response&, const Response&) = default;
};

struct Role {
  std::string name;
  int count = 1;                    ///< seats
  std::vector<OpeningHours> hours;  ///< empty: always on-hours
  std::optional<Response> responds; ///< absent: available at once
  std::optional<double> prior_weight;  ///< of `responds`, for calibration; changes no result
  Provenance provenance;
  friend bool operator==(const Role&, const Role&) = default;
};

/// A link (rate, shared equally by running transfers) or counted slots; exactly one of the two.
struct Capacity {
  std::string name;
  std::optional<double> rate;
  std::optional<int> slots;
  Provenance provenance;
  friend bool operator==(const Capacity&, const Capacity&) = default;
};

struct Replica {
  std::string region;  ///< empty: nowhere that can be struck
  Distribution lag;
  Provenance provenance{};
  friend bool operator==(const Replica&, const Replica&) = default;
};
struct Log {
  std::string region;
  Distribution lag;
  std::optional<double> kept;
  Provenance provenance{};
  friend bool operator==(const Log&, const Log&) = default;
};
struct Backup {
  std::string region;
  double every = 0;
  Distribution held, takes;  ///< a copy started at s is usable from s + held + takes
  double succeeds = 1;
  std::optional<double> kept;
  Provenance provenance{};
  friend bool operator==(const Backup&, const Backup&) = default;
};
using Copy = std::variant<Replica, Log, Backup>;

struct Store {
  std::optional<double> size;  ///< bytes
  std::vector<Copy> copies;
  friend bool operator==(const Store&, const Store&) = default;
};

struct Objective {
  std::optional<double> rto, rpo, mtpd;  ///< seconds
  double confidence = 0.95;
  friend bool operator==(const Objective&, const Objective&) = default;
};

struct CostBand {
  double from, per_hour;
  friend bool operator==(const CostBand&, const CostBand&) = default;
};
struct Cost {
  std::vector<CostBand> downtime;  ///< ascending `from`
  std::optional<double> data_loss_per_hour;
  friend bool operator==(const Cost&, const Cost&) = default;
};

struct Service {
  std::string name;
  std::string region;  ///< empty: struck only by name
  std::optional<Store> data;
  std::vector<Need> needs;
  std::optional<Objective> objective;
  std::optional<Cost> cost;
  Provenance provenance;
  friend bool operator==(const Service&, const Service&) = default;
};

struct Strike {
  std::string region;                 ///< either a region …
  std::vector<std::string> services;  ///< … or services by name
  double probability = 1;             ///< one draw: all of them or none
  std::optional<Distribution> after;  ///< absent: at t = 0
  std::optional<Distribution> lasts;  ///< absent: the outage's
  Provenance provenance{};
  friend bool operator==(const Strike&, const Strike&) = default;
};

enum class DataState { kept, lost, corrupted };

/// Parts of a step's `takes`. A ramp is a constant already; so is nothing else.
struct Transfer {
  double bytes;
  std::string over;  ///< a capacity with a rate
  friend bool operator==(const Transfer&, const Transfer&) = default;
};
/// Works off a backlog: lasts (time since t = 0 when it begins) * arrives / (served - arrives).
struct Drain {
  double arrives, served;  ///< per second, arrives < served
  friend bool operator==(const Drain&, const Drain&) = default;
};
using Part = std::variant<Distribution, Transfer, Drain>;

struct Seats {
  std::string of;  ///< a role (`by`) or a capacity with slots (`uses`)
  int count;
  friend bool operator==(const Seats&, const Seats&) = default;
};

enum class OnFailure { stop, go_on, replace };

struct Step {
  std::string name;
  std::vector<std::string> after;
  std::vector<Need> needs;
  std::vector<std::string> only_if;  ///< services or regions; empty: always
  std::vector<Part> takes;           ///< in sequence; empty: zero time
  std::vector<Seats> by, uses;
  double fails = 0;
  int attempts = 1;
  Distribution retry_after;
  OnFailure on_failure = OnFailure::stop;
  std::string replacement;  ///< for OnFailure::replace ({do: step})
  std::string otherwise;    ///< empty: none
  std::optional<double> waits_at_most, timeout;
  std::vector<std::string> recovers;
  int priority = 0;
  std::optional<double> every;  ///< a duty
  std::string until;            ///< empty: till nothing else is left to do
  std::optional<double> prior_weight;  ///< of `takes`, for calibration; changes no result
  /// If any: how long an attempt takes alone (see models/calibration.h); its parts share that in proportion to their means.
  std::optional<CalibratedLaw> calibrated;
  Provenance provenance;
  friend bool operator==(const Step&, const Step&) = default;
};

enum class Dispatch { declared, critical_path_first };

struct Correlation {
  std::vector<std::string> steps;
  double rho;
  friend bool operator==(const Correlation&, const Correlation&) = default;
};

struct Plan {
  std::string name;        ///< "" for the document's `plan`
  std::string commits_at;  ///< empty: committed at once
  double patience = 0;
  std::vector<Correlation> correlated;
  Dispatch dispatch = Dispatch::declared;
  std::vector<Step> steps;  ///< file order
  Provenance provenance;
  friend bool operator==(const Plan&, const Plan&) = default;
};

struct Outage {
  std::string name;
  std::vector<Strike> strikes;
  std::optional<double> rate;             ///< happens, Poisson, per second
  std::optional<Distribution> interval;   ///< happens: {every: DIST}
  bool clock_always = false;              ///< `clock: always`
  std::optional<Distribution> lasts;      ///< absent: never repaired
  DataState data = DataState::kept;
  Distribution noticed_after;             ///< corrupted only
  std::optional<Onset> starts;
  std::string plan;                       ///< name in Scenario::plans
  std::optional<double> prior_weight;     ///< of `lasts`, for calibration; changes no result
  std::optional<CalibratedLaw> calibrated;  ///< if any: `lasts` is drawn from it
  Provenance provenance;
  friend bool operator==(const Outage&, const Outage&) = default;
};

struct DocumentControl {
  std::string version, owner, approved_by, approved_on, review_by;
  friend bool operator==(const DocumentControl&, const DocumentControl&) = default;
};

struct Scenario {
  std::string title;
  std::string file;    ///< as given
  std::string sha256;  ///< of everything the result depends on, in canonical form
  std::vector<std::string> tables;  ///< CSV files that were read for it, as it names them
  std::string time_zone = "UTC";
  std::string currency = "USD";
  DocumentControl document;
  std::vector<std::string> regions;
  std::vector<Role> roles;
  std::vector<Capacity> capacity;
  std::vector<Service> services;
  std::vector<Outage> outages;
  std::vector<Plan> plans;
  /// Outages with `set`: the whole scenario as that outage sees it, by outage name (in it only `plans` and objectives differ).
  std::map<std::string, Scenario> as_seen_by;

  /// The scenario as an outage sees it: `*this` where the outage sets nothing.
  const Scenario& seen_by(const std::string& outage) const {
    auto it = as_seen_by.find(outage);
    return it == as_seen_by.end() ? *this : it->second;
  }
};

}  // namespace muster
