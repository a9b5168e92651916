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
/// starved place does not hold up the others.
namespace muster {

struct Sample {
  Moment due, began, ended;
  enum class Verdict { passing, failing, unknown } verdict = Verdict::unknown;  ///< unknown: no answer could be had
  std::string what;           ///< "status 503 in 12 ms", "no answer within 1 s"
  double lateness() const { return began.since(due); }
};

/// One sample, here and now, in the calling process's network. Blocks for the timeout and a second at most; never throws.
/// A refused connection or no answer in time is `failing` for http, tcp, dns, postgres and prometheus: they ask whether the
/// service answers. What the probe itself cannot do (no such program, a bad expression, no namespace) is unknown.
Sample look(const Probe& probe);

class Probing {
 public:
  using OnSample = std::function<void(const Probe&, const Sample&)>;  ///< from the loop, in order of `began` for each probe
  /// `place_of` gives a Where its network namespace ("" for the machine's).
  Probing(boost::asio::io_context& io, const std::vector<Probe>& probes, std::function<std::string(const Where&)> place_of,
          OnSample on_sample);
  ~Probing();                 ///< ends the processes
  Probing(const Probing&) = delete;
  Probing& operator=(const Probing&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Three-valued: what the samples so far say of a condition. Values; pure.
enum class Truth { no, yes, unknown };
class ConditionWatch {
 public:
  explicit ConditionWatch(const Condition& condition);
  /// Probe `name` counts as up or down (after its consecutive counts) from `at` on.
  void tell(const std::string& name, Truth up, const Moment& at);
  /// At `now`, `for` included: yes only when it has held that long without a break.
  Truth now(const Moment& now) const;

 private:
  Condition condition_;
  std::vector<std::pair<std::string, Truth>> probes_;
  struct Since;
  std::vector<std::pair<Truth, Moment>> since_;  ///< of each node, in prefix order
};

/// From samples to up and down, by the probe's consecutive counts.
class Counter {
 public:
  Counter(int passes, int failures) : passes_(passes), failures_(failures) {}
  Truth add(Sample::Verdict verdict);   ///< an unknown sample breaks both counts and makes it unknown
 private:
  int passes_, failures_, run_ = 0;
  Sample::Verdict last_ = Sample::Verdict::unknown;
  Truth now_ = Truth::unknown;
};

}  // namespace muster
