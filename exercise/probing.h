#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/happening.h"

namespace boost::asio {
class io_context;
}

/// Probes on a fixed schedule, each from where it looks. Samples overlap: a slow one delays none.
///
/// One process for each place that is looked from (a network namespace, this machine), which dies with the runner: a frozen or
/// starved place does not hold up the others. Within a place each sample is a process too, ended at its timeout: whatever hangs
/// (a resolver, a connection, a regular expression) hurts that sample alone, and names resolve anew for each.
namespace muster {

struct Sample {
  Moment due, began, ended;
  enum class Verdict { passing, failing, unknown } verdict = Verdict::unknown;  ///< unknown: no answer could be had
  std::string what;           ///< "status 503 in 12 ms", "no answer within 1 s"
  double lateness() const { return began.since(due); }
  /// The instant that the sample speaks of: a passing one proves that the service was up when it ended; any other, that what was
  /// asked when it began had no good answer.
  const Moment& at() const { return verdict == Verdict::passing ? ended : began; }
};

/// One sample, here and now, in the calling process's network. Blocks for the timeout and two seconds at most
/// (a command's tree is ended); never throws.
/// A refused connection, a name without an address or no answer in time is `failing` for http, tcp, dns, postgres and prometheus:
/// they ask whether the service answers. What the probe itself cannot do (no such program, a command that does not end, a bad
/// expression, no namespace) is unknown. Commands start in `folder` ("": the caller's).
Sample look(const Probe& probe, const std::string& folder = "");

/// What is wrong with a probe's own expressions (URL, regular expressions, JSON pointers, record type): "" for nothing. Pure.
std::string trouble_with(const Probe& probe);

/// Not thread-safe. A place's process that dies is started again (at most one a half second) on the same schedule; samples that
/// are due meanwhile, and those that do not come, are unknown.
class Probing {
 public:
  /// From the loop, in order of `began` for each probe: a sample waits for earlier ones that are still in flight.
  using OnSample = std::function<void(const Probe&, const Sample&)>;
  /// `place_of` gives a Where its network namespace ("" for the machine's); commands start in `folder` ("": the caller's).
  Probing(boost::asio::io_context& io, const std::vector<Probe>& probes, std::function<std::string(const Where&)> place_of,
          OnSample on_sample, const std::string& folder = "");
  ~Probing();                 ///< ends the processes
  Probing(const Probing&) = delete;
  Probing& operator=(const Probing&) = delete;
  std::vector<int> pids() const;  ///< of the places' processes that live now; the samples' are children of theirs

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< what the loop still calls finds it ended
};

/// Three-valued: what the samples so far say of a condition (Kleene: not, all, any). Values; pure.
enum class Truth { no, yes, unknown };
class ConditionWatch {
 public:
  explicit ConditionWatch(const Condition& condition);
  /// Probe `name` counts as up or down (after its consecutive counts) from `at` on, until told otherwise; before the first, unknown.
  /// An `at` before an earlier one of the same probe counts as that one.
  void tell(const std::string& name, Truth up, const Moment& at);
  /// At `now`. A condition with `for` is what its weakest moment of the closed window [now - for, now] was: yes only when it has
  /// held that long without a break, no when it was no somewhere in it, else unknown. Not before what was told last.
  Truth now(const Moment& now) const;

 private:
  struct Leaf {
    std::string probe;
    std::vector<std::pair<std::int64_t, Truth>> from;  ///< boot time and what holds from then on
    std::int64_t told = 0;    ///< last
  };
  Condition condition_;
  std::int64_t memory_ = 0;   ///< nanoseconds that nested `for` reach back
  std::vector<Leaf> leaves_;
};

/// From samples to up and down, by the probe's consecutive counts.
class Counter {
 public:
  Counter(int passes, int failures) : passes_(passes), failures_(failures) {}
  /// What the probe counts as now. An unknown sample breaks both counts and makes it unknown, until one of them is full again.
  Truth add(Sample::Verdict verdict);

 private:
  int passes_, failures_, run_ = 0;
  Sample::Verdict last_ = Sample::Verdict::unknown;
  Truth now_ = Truth::unknown;
};

}  // namespace muster
