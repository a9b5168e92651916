#include "exercise/recovery_time.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"

namespace muster {
namespace {

std::vector<RecoverySample> in_question(std::vector<RecoverySample> samples, const RecoveryQuestion& question) {
  std::erase_if(samples, [&](const RecoverySample& sample) {
    return sample.at.boot < question.before_effect.boot || sample.at.boot > question.until.boot;
  });
  // Samples overlap: a passing one speaks of its end, a failing one of its beginning.
  std::stable_sort(samples.begin(), samples.end(),
                   [](const RecoverySample& a, const RecoverySample& b) { return a.at.boot < b.at.boot; });
  return samples;
}

RecoveryMeasured never_down(const std::vector<RecoverySample>& samples) {
  RecoveryMeasured out;
  const auto unknown = std::count_if(samples.begin(), samples.end(), [](const auto& s) { return s.up == Truth::unknown; });
  if (samples.empty()) {
    out.valid = false;
    out.why = "no probe was answered or refused after the first effect";
  } else {
    out.rta = 0;
    out.valid = unknown == 0;
    if (unknown > 0)
      out.why = "not seen down, but " + std::to_string(unknown) + " of " + std::to_string(samples.size()) +
                " samples had no answer";
  }
  return out;
}

/// The sample at which recovery was reached.
std::size_t recovered_at(const std::vector<RecoverySample>& samples, std::size_t first_failing, const RecoveryQuestion& question) {
  const auto holds = static_cast<std::int64_t>(std::llround(question.holds_for * 1e9));
  std::size_t begin = samples.size();  // of the passing stretch that may be the one
  for (std::size_t i = first_failing + 1; i < samples.size(); ++i) {
    if (begin < samples.size() && samples[i].at.boot > samples[begin].at.boot + holds) return begin;
    if (samples[i].up != Truth::yes)
      begin = samples.size();
    else if (begin == samples.size() && samples[i].at.boot >= question.recovering_steps_ended->boot)
      begin = i;
  }
  return begin < samples.size() && question.until.boot >= samples[begin].at.boot + holds ? begin : samples.size();
}

void find_relapses(const std::vector<RecoverySample>& samples, std::size_t after, const RecoveryQuestion& question,
                   RecoveryMeasured& out) {
  const Moment& t0 = question.before_effect;
  bool is_down = false;
  Moment since;
  const auto up_again = [&](const Moment& at) {
    out.relapses.push_back({since.since(t0), at.since(t0)});
    out.total_downtime += at.since(since);
    is_down = false;
  };
  for (std::size_t i = after; i < samples.size(); ++i) {
    if (samples[i].up == Truth::no && !is_down) {
      is_down = true;
      since = samples[i].at;
    }
    if (samples[i].up == Truth::yes && is_down) up_again(samples[i].at);
  }
  if (is_down) up_again(question.until);
}

}  // namespace

RecoveryMeasured measure_recovery(const std::vector<RecoverySample>& all, const RecoveryQuestion& question) {
  const std::vector<RecoverySample> samples = in_question(all, question);
  const auto failing = [](const RecoverySample& sample) { return sample.up == Truth::no; };
  const auto first = std::find_if(samples.begin(), samples.end(), failing);
  if (first == samples.end()) return never_down(samples);

  const Moment& t0 = question.before_effect;
  RecoveryMeasured out;
  out.seen_down = true;
  const std::size_t reached = question.recovering_steps_ended
                                  ? recovered_at(samples, static_cast<std::size_t>(first - samples.begin()), question)
                                  : samples.size();
  const double bracket = question.effect_verified.since(t0);
  if (reached == samples.size()) {
    out.error = bracket;
    out.total_downtime = question.until.since(t0);
    out.why = !question.recovering_steps_ended
                  ? "not all steps that recover the service ended"
                  : "no " + human_duration(question.holds_for) + " of passing samples after all recovering steps had ended";
    if (question.recovering_steps_ended && question.holds_for == 0) out.why = "no sample passed after all recovering steps had ended";
    return out;
  }
  std::size_t last_failing = reached;
  while (!failing(samples[last_failing])) --last_failing;
  out.rta = samples[reached].at.since(t0);
  // It was not before the last failing sample, nor before the last recovering step had ended.
  const Moment& not_before = std::max(samples[last_failing].at, *question.recovering_steps_ended, [](const Moment& a, const Moment& b) { return a.boot < b.boot; });
  out.error = bracket + samples[reached].at.since(not_before);
  out.total_downtime = *out.rta;
  find_relapses(samples, reached + 1, question, out);
  return out;
}

}  // namespace muster
