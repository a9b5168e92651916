#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "exercise/exercise_run.h"
#include "exercise/refused.h"

namespace muster {
namespace fs = std::filesystem;
namespace {

double longest_for(const Condition& condition) {
  double longest = 0;
  for (const Condition& each : condition.of) longest = std::max(longest, longest_for(each));
  return longest + condition.holds_for;
}

std::string condition_text(const Condition& condition) {
  std::string text;
  for (const Condition& each : condition.of) text += (text.empty() ? "" : ", ") + condition_text(each);
  switch (condition.kind) {
    case Condition::Kind::probe:
      return condition.probe;
    case Condition::Kind::negation:
      return "not " + text;
    case Condition::Kind::all:
      return condition.of.size() == 1 ? text : "all of " + text;
    case Condition::Kind::any:
      break;
  }
  return "any of " + text;
}

std::string kind_text(Exercise::Kind kind) {
  switch (kind) {
    case Exercise::Kind::tabletop:
      return "tabletop";
    case Exercise::Kind::functional:
      return "functional";
    case Exercise::Kind::incident:
      return "incident";
    case Exercise::Kind::full_scale:
      break;
  }
  return "full-scale";
}

void make_private(const std::string& folder) {
  if (fs::create_directories(folder) && chmod(folder.c_str(), 0700) != 0)
    throw fs::filesystem_error("cannot keep it to ourselves", folder,
                               std::error_code(errno, std::generic_category()));
}

}  // namespace

void ExerciseRun::make_folders() try {
  for (const std::string& folder :
       {parts_.run_root, parts_.state_root, run_folder_, parts_.state_root + "/exercises", kept_folder_})
    make_private(folder);
} catch (const fs::filesystem_error& error) {
  throw Refused({std::string("no place for the run's own files: ") + error.what()});
}

/// Questions need somebody who can answer: the terminal, --yes, or another process by this door.
void ExerciseRun::open_door() {
  std::string why;
  try {
    door_ = std::make_unique<ControlSocket>(io_, run_folder_,
                                            [this](const Order& given) { return order(given); });
  } catch (const std::exception& error) {
    why = error.what();
  }
  const bool asks = std::any_of(plan_.steps.begin(), plan_.steps.end(), [&](const Step& step) {
    const Binding* binding = exercise_.binding(step.name);
    return exercise_.kind == Exercise::Kind::tabletop || !binding || (!binding->run && !binding->until);
  });
  if (!why.empty() && asks && !settings_.yes && !settings_.terminal)
    throw Refused(
        {"nobody could answer what the plan asks: there is no terminal, no --yes, and no way in for `ack` (" +
         why + ")"});
}

void ExerciseRun::resolve() {
  if (exercise_.kind != Exercise::Kind::tabletop)
    for (PreparedFault& each : prepare_faults(exercise_, settings_.id, run_folder_, parts_))
      faults_.push_back({std::move(each), false, {}});
  before_ = parts_.footprint(exercise_.targets);
}

/// Last of all before the first effect: from now on the locks are held.
void ExerciseRun::call_keeper() {
  if (faults_.empty()) return;
  KeeperSettings settings{settings_.id, run_folder_, exercise_.limit, {}, false};
  for (const Fault& fault : faults_) {
    const Target& target = fault.prepared.effect.target;
    settings.whole_machine |= target.agent.empty() && fault.prepared.kind->takes_machine();
    if (std::find(settings.targets.begin(), settings.targets.end(), target) == settings.targets.end())
      settings.targets.push_back(target);
  }
  keeper_ = parts_.keeper(io_, settings, [this](const Happening& happening) { take_happening(happening); });
}

void ExerciseRun::tell_beginning() {
  RunBegan began;
  began.title = exercise_.title;
  began.file = exercise_.file;
  began.file_sha256 = exercise_.sha256;
  began.scenario_title = loaded_.scenario.title;
  began.scenario_file = loaded_.scenario.file;
  began.scenario_sha256 = loaded_.scenario.sha256;
  began.kind = kind_text(exercise_.kind);
  began.environment = exercise_.environment;
  began.outage = exercise_.outage;
  began.program = settings_.program;
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  began.host = host;
  began.boot_id = boot_id();
  began.run_folder = run_folder_;
  began.begun_by = settings_.by;
  began.continues = settings_.continues;
  if (incident()) began.onset = settings_.onset.value_or(now());
  began.limit = exercise_.limit;
  began.people = exercise_.people;
  for (const Fault& fault : faults_) began.effects.push_back(fault.prepared.planned);
  for (const Step& step : plan_.steps) began.steps.push_back(step.name);
  began.recovered_service = exercise_.recovered_service;
  if (exercise_.canary) began.canary_service = exercise_.canary->service;
  for (const Service& service : loaded_.scenario.services) {
    if (!service.objective) continue;
    if (service.name == exercise_.recovered_service) {
      began.objective_rto = service.objective->rto;
      began.objective_confidence = service.objective->confidence;
    }
    if (service.name == began.canary_service) began.objective_rpo = service.objective->rpo;
  }
  began.predictions = settings_.predictions;
  began_ = began.onset && !settings_.onset ? *began.onset : now();
  tell_at(began_, began);
}

/// For people, should everything of ours be gone.
void ExerciseRun::write_undo_lines() const {
  if (incident()) return;
  std::string text = "How to take away by hand what exercise " + settings_.id +
                     " does. First try: muster exercise recover\n";
  for (auto it = faults_.rbegin(); it != faults_.rend(); ++it) {
    text += "\n# " + it->prepared.planned.fault + " on " + it->prepared.planned.target + "\n";
    for (const std::string& line : it->prepared.planned.by_hand) text += masking_(line) + "\n";
  }
  const int file = open((run_folder_ + "/UNDO.txt").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = file >= 0 &&
                       write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written)
    throw Refused({run_folder_ + "/UNDO.txt cannot be written: " + std::generic_category().message(error)});
}

void ExerciseRun::start_looking() {
  write_undo_lines();
  tell_beginning();
  await_signal();
  if (settings_.terminal)
    prompt_ = std::make_unique<TerminalPrompt>(
        io_,
        [this](const std::string& line) {
          const std::string why = questions_.answer_line(line, settings_.by);
          if (!why.empty()) tell(Noted{"prompt", why, ""});
          turn();
        },
        [this] {
          tell(
              Noted{"prompt", "nobody types here any more; `muster exercise ack` answers what is asked", ""});
        });
  start_probing();
  arm();
}

void ExerciseRun::start_probing() {
  probes_ = std::make_unique<ProbeWatch>(exercise_, [this](const ProbeChanged& change) { tell(change); });
  const Moment since = now();
  for (const Condition& condition : exercise_.steady_state)
    steady_.push_back(probes_->follow(condition, false, since));
  for (const auto& [name, condition] : exercise_.stop_when)
    stops_.emplace_back(name, probes_->follow(condition, false, since));
  if (exercise_.recovered) {
    recovered_ = probes_->follow(*exercise_.recovered, false, since);
    Condition bare = *exercise_.recovered;
    bare.holds_for = 0;
    recovered_bare_ = probes_->follow(bare, false, since);
  }
  if (exercise_.probes.empty() || exercise_.kind == Exercise::Kind::tabletop) return;
  probing_ = parts_.probing(
      io_, exercise_.probes, [this](const Where& where) { return netns_of(exercise_, where); },
      [this](const Probe& probe, const Sample& sample) {
        if (phase_ == Phase::over) return;
        probes_->add(probe, sample);
        turn();
      },
      exercise_.folder);
}

/// Long enough for every probe to have said what it can say.
double ExerciseRun::patience() const {
  double longest = 0, probes = 0;
  for (const Condition& condition : exercise_.steady_state)
    longest = std::max(longest, longest_for(condition));
  for (const ServiceProbe& service : exercise_.services) longest = std::max(longest, longest_for(service.up));
  for (const Probe& probe : exercise_.probes)
    probes = std::max(probes, probe.every * std::max(probe.passes, probe.failures) + probe.timeout);
  return longest + probes + 2;
}

void ExerciseRun::check_steady() {
  if (!probing_) return start_performing();
  const Moment at = now();
  for (const auto& [name, watch] : stops_)
    if (watch->now(at) == Truth::yes)
      return refuse("stop-when " + name, "the stop condition " + name + " holds already");
  std::string missing;
  for (const auto& [name, watch] : stops_)
    if (watch->now(at) == Truth::unknown)
      missing += (missing.empty() ? "" : "; ") + ("whether stop-when " + name + " holds is not known");
  for (std::size_t i = 0; i < steady_.size(); ++i)
    if (steady_[i]->now(at) != Truth::yes)
      missing += (missing.empty() ? "" : "; ") + condition_text(exercise_.steady_state[i]);
  const bool known = std::all_of(
      exercise_.services.begin(), exercise_.services.end(),
      [&](const ServiceProbe& service) { return probes_->service(service.service, at) != Truth::unknown; });
  const bool waited = at.since(began_) > patience();
  if (!missing.empty() && waited) return refuse("steady-state", "the steady state does not hold: " + missing);
  if (!missing.empty() || (!known && !waited)) return;
  if (!known)
    tell(Noted{"probe",
               "not all probes say whether their service is up; one that is not known counts as down",
               "runner"});
  if (!exercise_.steady_state.empty()) tell(ConditionMet{"steady-state", true, ""});
  start_performing();
}

void ExerciseRun::refuse(const std::string& what, const std::string& why) {
  refused_.push_back(why);
  tell(ConditionMet{what, what.rfind("stop-when", 0) == 0, why});
  end_ = {Ending::refused, why, "guard", true, {}, {}};
  close();
}

}  // namespace muster
