#pragma once
#include <cstdint>
#include <vector>

#include "sim/program.h"

/// A program as Course goes through it, where that is enough: what its steps do is decided by who asks for seats when, and by nothing
/// else.
///
/// Compiled from a Program, which must outlive it; immutable, so threads share it.
namespace muster {

struct CoursePlan {
  /// How one run of a step goes.
  enum class Run : std::uint8_t {
    sure,  ///< one length, which is known beforehand
    coin,  ///< the same, but it may fail
    parts  ///< has to be looked at part by part
  };
  /// Seats that somebody may have to wait for. All who ask for them ask for as many.
  struct Pool {
    std::int32_t resource;
    std::uint32_t first = 0, count = 0;  ///< of its seats among all
    std::uint32_t each = 1;              ///< seats that a step takes
    bool ranked = false;                 ///< whether who asks later may be served earlier
    bool called = false;                 ///< people, who come when they are first asked for
    std::uint32_t users = 0;             ///< steps
  };
  struct Step {
    Span successors;             ///< those of the middle, in `successors`
    Span recovers;               ///< in `recovers`
    double fails = 0;
    std::int32_t pool = none;
    std::uint32_t rank = 0;      ///< in dispatch order, equal ones alike
    std::uint32_t place = 0;     ///< in dispatch order, equal ones in the order of the file
    Run run = Run::sure;
    bool holds = false;          ///< asks for seats, be they of a pool or always free
    bool conditional = false;    ///< may be passed, or waits for the plan's patience
    bool special = false;        ///< its length is not among the draws ahead
    enum class Phase : std::uint8_t { early, middle, late } phase = Phase::middle;
    bool told = false;           ///< of the middle: a late one comes after it
  };
  /// A service that may be down, and what it needs of such.
  struct Service {
    std::int32_t node;
    Span clauses;                ///< in `clauses`
  };
  struct Clause {
    Span members;                ///< in `members`
    std::uint32_t at_least;      ///< of them; the others are always up
  };

  bool enough = false;           ///< whether Course can run it at all
  std::vector<Step> steps;
  std::vector<std::uint32_t> before;  ///< by step: those of the middle that it comes after
  std::vector<std::int32_t> successors;
  std::vector<std::int32_t> recovers; ///< nodes; of a plain fate those that are struck
  std::vector<std::int32_t> roots;    ///< steps of the middle that wait for no other of it
  std::vector<std::int32_t> early;    ///< each after those before it; empty unless phased
  std::vector<std::int32_t> late;     ///< likewise
  std::vector<std::int32_t> entries;  ///< steps of the middle that come after early ones
  std::vector<Pool> pools;
  std::uint32_t seats = 0;       ///< of all pools
  std::vector<Service> services; ///< needed ones first
  std::vector<Clause> clauses;
  std::vector<std::int32_t> members;
  bool unsure = false;           ///< whether any step is
  bool ranked = false;           ///< whether any pool is
  bool plain_fate = false;       ///< what is struck is struck at the onset and for good, and no data are lost
  bool special = false;          ///< whether any step is, or conditional
  /// Whether early steps, which run before seats or chance have a say, and late ones, from which nothing leads to others, are told from those
  /// in the middle.
  bool phased = false;
  std::vector<char> struck;      ///< by node: of a plain fate

  explicit CoursePlan(const Program& program);
};

}  // namespace muster
