#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exercise/probing.h"
#include "exercise/recovery_time.h"

/// What the samples of all probes amount to: who is up, which conditions hold, how late they were.
namespace muster {

/// Not thread-safe. `tell` hears of each change of a probe's state.
class ProbeWatch {
 public:
  ProbeWatch(const Exercise& exercise, std::function<void(const ProbeChanged&)> tell);
  void add(const Probe& probe, const Sample& sample);

  /// A condition that is followed from now on for as long as the pointer lives. With `fresh` only samples
  /// that begin from now on count, else what is known already counts too.
  std::shared_ptr<ConditionWatch> follow(const Condition& condition, bool fresh, const Moment& now);
  /// Whether a service is up by its probe; nothing where it has none.
  std::optional<Truth> service(const std::string& name, const Moment& now) const;
  /// Each of the condition's probes has a sample that began at `since` or later.
  bool looked_since(const Condition& condition, const Moment& since) const;

  std::vector<ProbeCounted> counted() const;
  double lateness_max(const Condition& condition) const;
  /// The truth of `condition`, without its own `for`, at each sample that bears on it, from `since` on, in
  /// time order.
  std::vector<RecoverySample> truth_of(const Condition& condition, const Moment& since) const;

 private:
  struct Followed {
    std::weak_ptr<ConditionWatch> watch;
    std::optional<Moment> since;
  };
  struct Seen {
    Moment at;
    Truth up = Truth::unknown;
  };
  struct Watched {
    explicit Watched(const Probe& probe) : counter(probe.passes, probe.failures) {}
    Counter counter;
    Truth up = Truth::unknown;
    bool told = false;
    Moment last_began;
    std::vector<Seen> seen;
    std::vector<float> lateness;
    ProbeCounted count;
  };
  std::function<void(const ProbeChanged&)> tell_;
  std::map<std::string, Watched> probes_;
  std::vector<Followed> followed_;
  std::vector<std::pair<std::string, std::shared_ptr<ConditionWatch>>> services_;
};

/// The probes that a condition names, each once.
std::vector<std::string> probes_of(const Condition& condition);

}  // namespace muster
