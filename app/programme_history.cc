#include "app/programme_history.h"

#include <algorithm>
#include <filesystem>

#include "app/adoption.h"
#include "exercise/ledger.h"
#include "models/exercise_record.h"

namespace muster {
namespace {

std::string base_name(const std::string& file) { return std::filesystem::path(file).filename().string(); }

void add_observations(const ExerciseRecord& record, std::vector<Observation>& out) {
  for (const StepRecord& step : record.steps) {
    if (!step.began || step.automatic) continue;
    const Moment& last = step.ended ? *step.ended : record.last_sign;
    const bool ended = step.state == StepChange::succeeded;
    if (!ended && step.ended && step.state != StepChange::ended_early) continue;  // failures and what was passed over tell no duration
    out.push_back({Observation::Of::step, step.name, std::max(0.0, last.since(*step.began)), !ended, last.wall, "exercise " + record.id, "", ""});
  }
}

}  // namespace

ProgrammeHistory programme_history(const Programme& programme) {
  ProgrammeHistory out;
  out.held.resize(programme.exercises.size());
  const Zone zone(programme.time_zone);
  for (std::size_t i = 0; i < programme.exercises.size(); ++i)
    for (const Day day : programme.exercises[i].done) out.held[i].push_back({day, "the programme"});
  if (std::filesystem::exists(ledger_file())) {
    mark_the_dead();
    const Ledger ledger(ledger_file(), true);
    out.chain = ledger.check_chain();
    for (const ExerciseLine& line : ledger.exercises()) {
      if (!line.end || line.end->ending == Ending::refused) continue;
      const ExerciseRecord record = record_of(line.id, ledger.happenings(line.id));
      add_observations(record, out.observations);
      if (line.end->ending != Ending::finished && line.end->ending != Ending::stopped_by_plan) continue;
      const Day day = static_cast<Day>(zone.to_local(static_cast<double>(line.began.wall / 1'000'000'000)) / 86'400);
      for (std::size_t i = 0; i < programme.exercises.size(); ++i) {
        const PlannedExercise& exercise = programme.exercises[i];
        if (record.plan.outage == exercise.outage && record.plan.kind == word_of(exercise.kind) && base_name(record.plan.scenario_file) == base_name(exercise.scenario_file))
          out.held[i].push_back({day, "exercise " + line.id});
      }
    }
  }
  for (std::vector<Held>& held : out.held) std::stable_sort(held.begin(), held.end(), [](const Held& a, const Held& b) { return a.day < b.day; });
  return out;
}

}  // namespace muster
