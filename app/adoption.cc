#include "app/adoption.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/output.h"
#include "app/running_mark.h"
#include "exercise/clock.h"
#include "exercise/ledger.h"
#include "exercise/refused.h"
#include "models/exercise_record.h"

namespace muster {
namespace {

// The same, though a secret in it may have been masked on one of its ways.
bool same_happening(const Happening& a, const Happening& b) {
  if (a.at != b.at || a.what.index() != b.what.index()) return false;
  const auto* x = std::get_if<FaultChanged>(&a.what);
  const auto* y = std::get_if<FaultChanged>(&b.what);
  return !x || (x->fault == y->fault && x->change == y->change);
}

void drop_known(std::vector<Happening>& some, const std::vector<Happening>& known) {
  std::erase_if(some, [&](const Happening& h) {
    return std::any_of(known.begin(), known.end(), [&](const Happening& k) { return same_happening(h, k); });
  });
}

// A torn last line is what a killed process leaves.
std::vector<Happening> read_lines(const std::string& file) {
  std::vector<Happening> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) try {
      out.push_back(happening_from_json(line));
    } catch (const std::invalid_argument&) {
    }
  return out;
}

const LeftBehind* left_by(const std::vector<LeftBehind>& all, const std::string& exercise) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const LeftBehind& l) { return l.exercise == exercise; });
  return found == all.end() ? nullptr : &*found;
}

// `looked_over`: whoever undid has said what remains. Else it is restored only where nothing was ever to be undone.
RunEnded death(const ExerciseRecord& record, const std::vector<std::string>& in_effect, bool looked_over) {
  RunEnded ended{Ending::died, "its runner was found dead", "muster", false, in_effect, {}};
  for (const FaultRecord& fault : record.faults)
    if (fault.active() && std::find(ended.remains.begin(), ended.remains.end(), fault.name) == ended.remains.end() && fault.state != FaultChange::failed)
      ended.remains.push_back(fault.name);
  ended.restored = ended.remains.empty() && (looked_over || record.faults.empty());
  for (const StepRecord& step : record.steps)
    if (step.state == StepChange::succeeded && step.over() && !step.undone && step.how == "run") ended.done_not_undone.push_back(step.name);
  return ended;
}

// Those are happenings of a run that is over or died: the ledger gets what it lacks.
void add_unwritten(Ledger& ledger) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(run_root() + "/unwritten", none)) {
    const std::string exercise = entry.path().stem().string();
    if (runs_now(exercise)) continue;
    std::vector<Happening> lines = read_lines(entry.path().string());
    drop_known(lines, ledger.happenings(exercise));
    ledger.append(exercise, lines);
    std::filesystem::remove(entry.path(), none);
  }
}

void mark(Ledger& ledger, const std::string& exercise, const LeftBehind* left) {
  std::vector<Happening> known = ledger.happenings(exercise), added;
  if (left) added = read_lines(left->folder + "/keeper.jsonl");
  drop_known(added, known);
  known.insert(known.end(), added.begin(), added.end());
  // A keeper that outlived its runner has undone all, and proved it, where its list has nothing in effect.
  const bool looked_over = !left || left->in_effect.empty();
  added.push_back({system_clock().now(), death(record_of(exercise, known), left ? left->in_effect : std::vector<std::string>(), looked_over)});
  ledger.append(exercise, added);
}

bool anything_to_mark(const Ledger& ledger) {
  const std::vector<ExerciseLine> all = ledger.exercises();
  std::error_code none;
  return std::any_of(all.begin(), all.end(), [](const ExerciseLine& line) { return !line.end && !runs_now(line.id); }) ||
         std::filesystem::exists(run_root() + "/unwritten", none);
}

}  // namespace

std::string ledger_file() { return state_root() + "/ledger.sqlite"; }
std::string unwritten_file(const std::string& exercise) { return run_root() + "/unwritten/" + exercise + ".jsonl"; }

void mark_the_dead() try {
  if (!std::filesystem::exists(ledger_file()) || !anything_to_mark(Ledger(ledger_file(), true))) return;
  const std::vector<LeftBehind> left = look_around();
  Ledger ledger(ledger_file());
  add_unwritten(ledger);
  for (const ExerciseLine& line : ledger.exercises()) {
    const LeftBehind* of = left_by(left, line.id);
    // While its keeper still restores, its end is not known.
    if (!line.end && !runs_now(line.id) && !(of && (of->runner_lives || of->keeper_lives))) mark(ledger, line.id, of);
  }
} catch (const LedgerTrouble& trouble) {
  print_error("muster: exercises that died are not marked as such: " + std::string(trouble.what()) + "\n");
} catch (const Refused& refused) {
  print_error("muster: exercises that died are not marked as such: " + std::string(refused.what()) + "\n");
}

std::vector<Recovered> recover_and_tell() {
  const std::vector<Recovered> all = recover();
  if (all.empty()) return all;
  Ledger ledger(ledger_file());
  add_unwritten(ledger);
  for (const Recovered& one : all) {
    std::vector<Happening> known = ledger.happenings(one.exercise), added = one.happenings;
    drop_known(added, known);
    known.insert(known.end(), added.begin(), added.end());
    const ExerciseRecord record = record_of(one.exercise, known);
    RunEnded ended = record.end && record.end->ending != Ending::died ? *record.end : death(record, one.remains, true);
    ended.remains = one.remains;
    ended.restored = one.remains.empty();
    if (!record.end || record.end->restored != ended.restored || record.end->remains != ended.remains)
      added.push_back({system_clock().now(), ended});
    ledger.append(one.exercise, added);
  }
  return all;
}

}  // namespace muster
