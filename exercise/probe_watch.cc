#include "exercise/probe_watch.h"

#include <algorithm>

namespace muster {
namespace {

void collect(const Condition& condition, std::vector<std::string>& names) {
  if (condition.kind == Condition::Kind::probe &&
      std::find(names.begin(), names.end(), condition.probe) == names.end())
    names.push_back(condition.probe);
  for (const Condition& each : condition.of) collect(each, names);
}

ProbeChanged::State state_of(Truth up) {
  switch (up) {
    case Truth::yes:
      return ProbeChanged::State::passing;
    case Truth::no:
      return ProbeChanged::State::failing;
    case Truth::unknown:
      break;
  }
  return ProbeChanged::State::unknown;
}

}  // namespace

std::vector<std::string> probes_of(const Condition& condition) {
  std::vector<std::string> names;
  collect(condition, names);
  return names;
}

ProbeWatch::ProbeWatch(const Exercise& exercise, std::function<void(const ProbeChanged&)> tell)
    : tell_(std::move(tell)) {
  for (const Probe& probe : exercise.probes) {
    Watched& watched = probes_.try_emplace(probe.name, probe).first->second;
    watched.count.probe = probe.name;
  }
  for (const ServiceProbe& service : exercise.services)
    services_.emplace_back(service.service, follow(service.up, false, {}));
}

void ProbeWatch::add(const Probe& probe, const Sample& sample) {
  const auto it = probes_.find(probe.name);
  if (it == probes_.end()) return;
  Watched& watched = it->second;
  ProbeCounted& count = watched.count;
  ++count.samples;
  ++(sample.verdict == Sample::Verdict::passing   ? count.passed
     : sample.verdict == Sample::Verdict::failing ? count.failed
                                                  : count.unknown);
  watched.lateness.push_back(static_cast<float>(sample.lateness()));
  watched.last_began = sample.began;
  const Truth before = watched.up;
  watched.up = watched.counter.add(sample.verdict);
  watched.seen.push_back({sample.at(), watched.up});
  if (watched.up != before || !watched.told) {
    watched.told = true;
    tell_({probe.name, state_of(watched.up), sample.what});
  }
  std::erase_if(followed_, [](const Followed& each) { return each.watch.expired(); });
  for (const Followed& each : followed_)
    if (const auto watch = each.watch.lock(); watch && (!each.since || sample.began.boot >= each.since->boot))
      watch->tell(probe.name, watched.up, sample.at());
}

std::shared_ptr<ConditionWatch> ProbeWatch::follow(const Condition& condition, bool fresh,
                                                   const Moment& now) {
  auto watch = std::make_shared<ConditionWatch>(condition);
  if (!fresh)
    for (const auto& [name, watched] : probes_)
      if (watched.count.samples > 0) watch->tell(name, watched.up, now);
  followed_.push_back({watch, fresh ? std::optional(now) : std::nullopt});
  return watch;
}

std::optional<Truth> ProbeWatch::service(const std::string& name, const Moment& now) const {
  for (const auto& [service, watch] : services_)
    if (service == name) return watch->now(now);
  return std::nullopt;
}

bool ProbeWatch::looked_since(const Condition& condition, const Moment& since) const {
  const auto names = probes_of(condition);
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto it = probes_.find(name);
    return it != probes_.end() && it->second.count.samples > 0 && it->second.last_began.boot >= since.boot;
  });
}

std::vector<ProbeCounted> ProbeWatch::counted() const {
  std::vector<ProbeCounted> all;
  for (const auto& [name, watched] : probes_) {
    ProbeCounted count = watched.count;
    std::vector<float> late = watched.lateness;
    std::sort(late.begin(), late.end());
    if (!late.empty()) {
      count.lateness_max = static_cast<double>(late.back());
      count.lateness_p99 = static_cast<double>(late[(late.size() * 99 + 99) / 100 - 1]);
    }
    all.push_back(count);
  }
  return all;
}

double ProbeWatch::lateness_max(const Condition& condition) const {
  double worst = 0;
  for (const std::string& name : probes_of(condition))
    if (const auto it = probes_.find(name); it != probes_.end())
      for (const float late : it->second.lateness) worst = std::max(worst, static_cast<double>(late));
  return worst;
}

std::vector<RecoverySample> ProbeWatch::truth_of(const Condition& condition, const Moment& since) const {
  struct Told {
    std::string name;
    Seen seen;
  };
  std::vector<Told> all;
  for (const std::string& name : probes_of(condition))
    if (const auto it = probes_.find(name); it != probes_.end())
      for (const Seen& seen : it->second.seen) all.push_back({name, seen});
  std::stable_sort(all.begin(), all.end(),
                   [](const Told& a, const Told& b) { return a.seen.at.boot < b.seen.at.boot; });
  Condition bare = condition;
  bare.holds_for = 0;
  ConditionWatch watch(bare);
  std::vector<RecoverySample> samples;
  for (const Told& told : all) {
    watch.tell(told.name, told.seen.up, told.seen.at);
    if (told.seen.at.boot >= since.boot) samples.push_back({told.seen.at, watch.now(told.seen.at)});
  }
  return samples;
}

}  // namespace muster
