#include "app/programme_history.h"

#include <algorithm>
#include <filesystem>

#include "app/adoption.h"
#include "exercise/ledger.h"
#include "models/exercise_record.h"

namespace muster {
namespace {

std::string base_name(const std::string& file) { return std::filesystem::path(file).filename().string(); }

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
    out.observations = ledger.observations();
    for (const ExerciseLine& line : ledger.exercises()) {
      if (!line.end || line.end->ending == Ending::refused) continue;
      const ExerciseRecord record = record_of(line.id, ledger.happenings(line.id));
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
