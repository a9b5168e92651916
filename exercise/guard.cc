#include "exercise/guard.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "exercise/guard_files.h"
#include "exercise/keeper.h"
#include "exercise/refused.h"
#include "models/moments.h"
#include "models/wording.h"

namespace muster {
namespace {

constexpr const char* deny_file = "/etc/muster/deny.yaml";
constexpr const char* always_denied[] = {"production", "prod", "prd", "live", "productive", "produktion"};

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> out{""};
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalpha(byte) || byte >= 0x80) out.back() += static_cast<char>(std::tolower(byte));
    else if (!out.back().empty()) out.emplace_back();
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

std::string lower(const std::string& name) {
  std::string out;
  for (const char c : name) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// All that is against a run, each reason once, in the order found.
class Reasons {
 public:
  void add(const std::string& reason) {
    if (std::find(all_.begin(), all_.end(), reason) == all_.end()) all_.push_back(reason);
  }
  std::vector<std::string> take() { return std::move(all_); }

 private:
  std::vector<std::string> all_;
};

std::vector<const Target*> struck_by(const Exercise& exercise, const FaultPlan& fault) {
  std::vector<const Target*> out;
  const auto* dark = std::get_if<RegionDarkFault>(&fault.settings);
  for (const Target& target : exercise.targets)
    if (target.name == fault.on || (fault.on.empty() && dark && target.region == dark->region)) out.push_back(&target);
  return out;
}

std::vector<std::string> more_denied(Reasons& reasons) {
  const GuardFile file = read_guard_file(deny_file, {"environments"});
  std::vector<std::string> wrong = file.wrong;
  std::vector<std::string> names = file.there && wrong.empty() ? names_in(file, deny_file, "environments", wrong) : std::vector<std::string>{};
  for (const std::string& each : wrong) reasons.add(each + " (the deny list must be readable before anything is broken)");
  return names;
}

void against_environments(const Exercise& exercise, Reasons& reasons) {
  const std::vector<std::string> more = more_denied(reasons);
  const auto deny = [&](const std::string& name, const std::string& what) {
    if (is_denied(name, more)) reasons.add(what + " “" + name + "” is on the deny list: production and its kin are never broken on purpose");
  };
  if (exercise.environment.empty()) reasons.add("the exercise does not say its environment");
  deny(exercise.environment, "the environment");
  for (const Target& target : exercise.targets) {
    deny(target.name, "the target");
    deny(target.netns, "the network namespace");
  }
}

void against_targets(const Exercise& exercise, Reasons& reasons) {
  const std::vector<std::string> more = more_denied(reasons);
  for (const Target& target : exercise.targets) {
    const std::string who = "target “" + target.name + "”: ";
    if (!target.agent.empty()) continue;  // its own agent judges
    try {
      const OptIn opt = read_opt_in(target);
      if (is_denied(opt.environment, more)) reasons.add(who + opt.file + " says that it is “" + opt.environment + "”, which is on the deny list");
      else if (opt.environment != exercise.environment)
        reasons.add(who + opt.file + " says that it is “" + opt.environment + "”, and the exercise is for “" + exercise.environment + "”");
      for (const FaultPlan& fault : exercise.faults) {
        const std::string kind = kind_of(fault.settings);
        const auto struck = struck_by(exercise, fault);
        const bool here = std::find(struck.begin(), struck.end(), &target) != struck.end();
        if (here && std::find(opt.allows.begin(), opt.allows.end(), kind) == opt.allows.end())
          reasons.add(who + opt.file + " does not allow faults of the kind " + kind + (opt.allows.empty() ? "" : "; it allows " + joined(opt.allows)));
      }
    } catch (const Refused& refused) {
      for (const std::string& reason : refused.reasons()) reasons.add(reason);
    }
  }
}

void against_faults(const Exercise& exercise, Reasons& reasons) {
  for (const FaultPlan& fault : exercise.faults) {
    const std::string who = "fault “" + fault.name + "”: ";
    const FaultKind* kind = fault_kind(kind_of(fault.settings));
    if (!kind) {
      reasons.add(who + "this version knows no faults of the kind " + kind_of(fault.settings));
      continue;
    }
    for (const Target* target : struck_by(exercise, fault))
      if (target->agent.empty())
        for (const std::string& missing : kind->missing(*target)) reasons.add(who + missing);
  }
}

std::string day_and_time(double seconds) { return utc_text({0, static_cast<std::int64_t>(seconds) * 1'000'000'000}); }

void against_blackout(const Blackout& blackout, double from, double until, const std::string& whence, Reasons& reasons) {
  if (blackout.to <= from || blackout.from >= until) return;
  const std::string what = (blackout.why.empty() ? std::string("a blackout") : "“" + blackout.why + "”") + " (" + whence + ")";
  if (blackout.from <= from) reasons.add("no exercise now: " + what + " lasts until " + day_and_time(blackout.to));
  else reasons.add("no exercise now: " + what + " begins on " + day_and_time(blackout.from) + ", before the limit of this one would be over");
}

void against_moment(const Exercise& exercise, const std::string& calendar, const Moment& now, Reasons& reasons) {
  const double from = static_cast<double>(now.wall) / 1e9, until = from + std::max(exercise.limit, 1.0);
  for (const Blackout& blackout : exercise.not_during) against_blackout(blackout, from, until, exercise.file + ", not-during", reasons);
  if (calendar.empty()) return;
  try {
    for (const Blackout& blackout : read_calendar(calendar, from, until)) against_blackout(blackout, from, until, calendar, reasons);
  } catch (const Refused& refused) {
    for (const std::string& reason : refused.reasons()) reasons.add(reason);
  }
}

void against_others(const Exercise& exercise, Reasons& reasons) {
  const bool takes_machine = std::any_of(exercise.faults.begin(), exercise.faults.end(), [](const FaultPlan& fault) {
    const FaultKind* kind = fault_kind(kind_of(fault.settings));
    return kind && kind->takes_machine();
  });
  for (const LeftBehind& other : look_around()) {
    const bool runs = other.runner_lives || other.keeper_lives;
    if (!runs && other.in_effect.empty()) continue;
    std::string shared;
    for (const Target& theirs : other.targets)
      for (const Target& ours : exercise.targets)
        if (ours.agent.empty() && theirs.netns == ours.netns) shared = ours.name;
    if (shared.empty() && !takes_machine && !other.targets.empty()) continue;
    const std::string what = shared.empty() ? "the machine, which this exercise takes" : "target “" + shared + "”";
    if (runs) reasons.add("exercise " + other.exercise + " runs on " + what + "; wait for its end, or: muster exercise abort " + other.exercise);
    else reasons.add("exercise " + other.exercise + ", which had " + what + ", died and left in effect: " + joined(other.in_effect) + "; put it back: muster exercise recover");
  }
}

}  // namespace

bool is_denied(const std::string& name, const std::vector<std::string>& more) {
  for (const std::string& each : more)
    if (lower(each) == lower(name)) return true;
  for (const std::string& word : words_of(name))
    if (std::find(std::begin(always_denied), std::end(always_denied), word) != std::end(always_denied)) return true;
  return false;
}

std::vector<std::string> reasons_against(const Exercise& exercise, const std::string& calendar, const Moment& now) {
  Reasons reasons;
  if (const auto halt = halt_set())
    reasons.add("exercises are halted here by " + (halt->by.empty() ? "somebody" : halt->by) + (halt->why.empty() ? "" : ": " + halt->why) + "; muster halt --lift ends it");
  against_moment(exercise, calendar, now, reasons);
  if (exercise.kind == Exercise::Kind::tabletop) return reasons.take();  // it touches nothing
  against_environments(exercise, reasons);
  against_targets(exercise, reasons);
  against_faults(exercise, reasons);
  against_others(exercise, reasons);
  return reasons.take();
}

}  // namespace muster
