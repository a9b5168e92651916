#pragma once
#include <cstdint>
#include <vector>

#include "sim/event_queue.h"
#include "sim/program.h"

/// What all outages that are on at the same time share: the clock, what is up, people, slots and links.
///
/// A replication of a single outage has a world of its own; in a forecast several meet in one. Services, regions, roles and
/// capacity are the same in all programs of a scenario, so any of them describes the world. Times are seconds since the world began.
namespace muster {

class Replication;

struct World {
  enum Kind : std::uint8_t { attempt_end, part_end, link_end, pause_end, arrival, timeout, repair, strike, patience_over, duty_due, expiry };
  /// What a step waited for last. `by` in CauseOf is the step that brought it about, of whichever outage.
  enum class Why : std::uint8_t { onset, predecessor, seat, slot, person, service, patience, called, bandwidth };
  struct CauseOf {
    Why why = Why::onset;
    std::int32_t by = none;     ///< step
    std::int32_t thing = none;  ///< resource or node
  };
  struct StepOf {
    Replication* outage;
    std::int32_t step;
    friend bool operator==(const StepOf&, const StepOf&) = default;
  };
  struct Node {
    std::int32_t struck = 0;   ///< outages that hold it down
    std::int32_t unmet = 0;    ///< clauses of its needs that are not met now
    bool down = false;
    double since = 0;          ///< when the present or last time of being down began
    double last_down = 0;      ///< last instant at which it was down
    std::int32_t up_by = none; ///< step that brought it up last; none: the provider
    const Replication* begun_by = nullptr;  ///< whose strike made it go down
  };
  struct Resource {
    std::int32_t free = 0;
    std::int32_t users = 0;   ///< outages that have asked for it
    std::uint32_t epoch = 0;  ///< of the call: who was called before has gone home
    std::int32_t first_asker = none;
    double first_asked = 0;
    CauseOf last_gain;        ///< what last made a seat free
    std::uint64_t gained = 0; ///< in counts of `gains`
    double gained_time = -1;
    double busy = 0;          ///< seat-seconds, traced
    double waited = 0;        ///< step-seconds, traced
  };
  struct Link {
    double virtual_time = 0;  ///< bytes that each transfer has got since the link last was idle
    double since = 0;
    std::uint32_t epoch = 0;
    std::vector<StepOf> active;
  };
  /// A time of being down that has ended; a request for seats that was granted or given up.
  struct Spell {
    std::int32_t service;
    double from, to;
    const Replication* begun_by;
  };
  struct Wait {
    std::int32_t role;
    double seconds;
  };

  explicit World(const Program& program);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// As at the beginning of time: nothing is down, nobody is called.
  void reset(bool traced);
  /// Does all that happens at this instant; see Phase. The stand-down of plans is judged between repairs and strikes.
  void settle();
  /// Does the next thing in the queue alone, at its time.
  void take_next() {
    now = queue.top().time;
    handle(queue.pop());
  }
  void advance(double to);

  // Processor sharing: n transfers on a link each get rate / n (world_links.cc).
  void join(StepOf s, std::int32_t link, double bytes);
  void leave(StepOf s, std::int32_t link);
  void complete(std::int32_t link);

  // Who waits for seats, in dispatch order.
  void stand_in_line(StepOf s);
  void leave_line(StepOf s);
  void count_wanted(StepOf s, std::int32_t by);

  Node& node(std::int32_t n) { return nodes[static_cast<std::size_t>(n)]; }
  Resource& resource(std::int32_t r) { return resources[static_cast<std::size_t>(r)]; }

  const Program& described;  ///< of services, regions, resources and links only
  EventQueue queue;
  double now = 0;
  double horizon = Program::forever;  ///< what is at work later is not counted as busy
  bool trace = false;
  bool keep_log = false;  ///< of spells and waits
  std::vector<Node> nodes;
  std::vector<std::int32_t> clause_up;  ///< of services' needs: members that are up
  std::vector<Resource> resources;
  std::vector<Link> links;
  std::vector<std::int32_t> region_struck;  ///< by node: outages that strike it
  std::vector<Replication*> on;             ///< by onset
  std::vector<StepOf> ready, waiting;
  std::vector<std::int32_t> wanted;         ///< by resource: how many of those who wait ask for it
  std::vector<Spell> spells;
  std::vector<Wait> waits;
  std::uint64_t gains = 0;    ///< of seats, so that the latest is known
  std::int32_t arrivals = 0;  ///< people on their way
  bool grants_due = false, judge_due = false;

 private:
  void handle(const Event& e);
  void grant();
  bool may_grant() const;
  void progress(std::int32_t link);
  void reschedule(std::int32_t link);

  std::vector<Node> fresh_nodes_;
  std::vector<std::int32_t> fresh_clause_up_;
  std::vector<Resource> fresh_resources_;
  std::vector<StepOf> finished_;
};

}  // namespace muster
