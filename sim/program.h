#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "models/calendar.h"
#include "models/draw.h"
#include "models/quantile_table.h"
#include "models/scenario.h"
#include "sim/learned_law.h"
#include "sim/luck.h"

/// One outage of a scenario, compiled: flat, immutable, names turned into indices. Threads share it.
///
/// Nodes are what can be up or down: services first (file order), then regions. Resources are what steps hold:
/// roles first, then slots, both in file order. Lists are spans into one pool, so that a replication reads memory in order.
namespace muster {

inline constexpr std::int32_t none = -1;
/// Of an index that is not `none`.
inline std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

struct Span {
  std::uint32_t begin = 0, end = 0;
  std::uint32_t size() const { return end - begin; }
};

/// A law as the simulator draws it: a constant, or a table, or what is believed of a calibrated law.
struct Sampler {
  double constant = 0;
  std::int32_t table = none;   ///< into Program::tables; of a calibrated law that of its scores
  std::int32_t belief = none;  ///< into Program::beliefs
};

struct Program {
  static constexpr double forever = std::numeric_limits<double>::infinity();

  struct Node {
    Span clauses;      ///< its own needs: indices of clauses
    Span member_of;    ///< clauses of services in which it counts, in `pool`
    Span step_clauses; ///< clauses of steps in which it counts, in `pool`
    std::int32_t store = none;
    std::uint32_t recoverers = 0;  ///< steps of the plan that recover it
  };
  /// k of its members must be up. Owners: nodes 0.., or steps as ~step.
  struct Clause {
    std::int32_t owner;
    std::int32_t at_least;
    Span members;  ///< nodes, in `pool`
  };
  struct Copy {
    enum class Kind : std::uint8_t { replica, log, backup } kind;
    std::int32_t region = none;  ///< node
    Sampler lag, held, takes;
    double every = 0, succeeds = 1, kept = forever;
    double reach = 0;  ///< backup: cycles to look back at most before it is hopeless
    Stream stream;
  };
  struct Store {
    Span copies;
  };
  struct Strike {
    Span nodes;  ///< in `pool`
    Span regions;  ///< region nodes alone, for the copies kept there
    double probability = 1;
    bool at_onset = true;
    Sampler after;
    bool own_lasts = false;
    Sampler lasts;
    Stream stream, lasts_stream;
  };
  struct Resource {
    std::string name;
    std::int32_t count = 1;
    bool role = false;
    bool responds = false;
    bool absent_off_hours = false;
    Sampler on_hours, off_hours;
    Calendar hours;
    Stream stream;
  };
  struct Link {
    std::string name;
    double rate = 1;
  };
  struct Part {
    enum class Kind : std::uint8_t { law, transfer, drain } kind;
    Sampler law;
    double amount = 0;        ///< bytes; or arrives / (served - arrives)
    std::int32_t link = none;
    std::uint32_t index = 0;  ///< in the scenario's `takes`; of a calibrated step's parts, all the same
    double share = 1;         ///< of what `law` draws; a calibrated transfer has amount * draw to move
  };
  struct Seats {
    std::int32_t resource;
    std::int32_t count;
  };
  struct Step {
    Span after;       ///< predecessors, in `pool`
    Span successors;  ///< in `pool`
    Span clauses;
    Span only_if;     ///< nodes, in `pool`
    Span parts;
    Span seats;
    Span recovers;    ///< nodes, in `pool`
    bool plain = true;        ///< all parts are laws: the whole attempt is one event
    double constant = 0;      ///< sum of the constant parts, when plain
    Span random;              ///< the others of a plain step, in `parts` order (indices into `parts`, in `pool`)
    double fails = 0;
    std::uint32_t attempts = 1;
    Sampler retry_after;
    OnFailure on_failure = OnFailure::stop;
    std::int32_t replacement = none, otherwise = none;
    std::int32_t caller = none;  ///< the step that names this one as its fallback
    double waits_at_most = forever, timeout = forever;
    double priority = 0;         ///< the file's, then for critical-path-first:
    double remaining_path = 0;   ///< seconds
    double every = 0;            ///< > 0: a duty
    std::int32_t until = none;
    Span ends_duties;            ///< duties whose `until` is this step, in `pool`
    std::int32_t correlated = none;  ///< row in the correlation factor
    std::uint32_t correlated_part = 0;
    Stream stream, retry_stream;
  };

  std::string outage;
  std::vector<std::string> node_names, step_names;
  std::int32_t services = 0;  ///< nodes below this are services
  std::vector<Node> nodes;
  std::vector<std::int32_t> service_order;  ///< services, needed ones first
  std::vector<Clause> clauses;  ///< of services, then of steps
  std::size_t service_clauses = 0;
  bool services_need_regions = false;
  std::vector<std::int32_t> pool;
  std::vector<Store> stores;
  std::vector<Copy> copies;
  std::vector<std::string> copy_names;
  std::vector<Strike> strikes;
  bool has_lasts = false;
  Sampler lasts;
  Stream lasts_stream;
  DataState data = DataState::kept;
  Sampler noticed_after;
  Stream noticed_stream;

  std::vector<Resource> resources;
  std::vector<Link> links;
  std::vector<Step> steps;
  std::vector<Part> parts;
  std::vector<Seats> seats;
  std::int32_t commits_at = none;
  double patience = 0;
  bool has_duties = false;
  std::vector<std::int32_t> correlated_steps;
  std::vector<double> correlation_factor;  ///< lower triangular, by rows: z = factor * independent normals

  std::vector<QuantileTable> tables;
  std::vector<LearnedLaw> beliefs;

  Zone zone;
  std::optional<Onset> starts;
  Stream onset_stream;
  bool onset_matters = false;  ///< whether any role keeps hours

  /// The instant at which a replication's outage strikes.
  double draw_onset(const Luck& luck) const {
    const double place = luck.value(onset_stream).value(), which = luck.second(onset_stream).value();
    return starts ? onset_instant(zone, *starts, which) : onset_instant(zone, which, place);
  }
  /// The law of a sampler that was not calibrated, at this uniform.
  double sample(const Sampler& s, Uniform01 u) const { return s.table == none ? s.constant : tables[static_cast<std::size_t>(s.table)](u); }
  double sample(const Sampler& s, const Draw& d) const { return s.table == none ? s.constant : tables[static_cast<std::size_t>(s.table)](uniform(d)); }
};

/// Compiles one outage. `at` replaces the outage's own `starts`. The scenario must have passed the loader; what the
/// loader excludes is a bug here (std::logic_error).
Program compile(const Scenario& scenario, const std::string& outage, const std::optional<Onset>& at = {});

}  // namespace muster
