#include "app/adoption.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/output.h"
#include "app/running_mark.h"
#include "exercise/agent/hosts.h"
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

// What another host tells twice comes at instants that differ by what its clock is known to.
void drop_told(std::vector<Happening>& some, const std::vector<Happening>& known) {
  std::erase_if(some, [&](const Happening& h) {
    return std::any_of(known.begin(), known.end(), [&](const Happening& k) {
      const auto* x = std::get_if<FaultChanged>(&h.what);
      const auto* y = std::get_if<FaultChanged>(&k.what);
      return x && y ? x->fault == y->fault && x->change == y->change : h.what == k.what;
    });
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

void add_remains(RunEnded& ended, const AgentsAccount& agents) {
  for (const std::string& left : agents.remains)
    if (std::find(ended.remains.begin(), ended.remains.end(), left) == ended.remains.end()) ended.remains.push_back(left);
  ended.restored = ended.restored && agents.remains.empty();
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
  const AgentsAccount agents = ask_agents(exercise);
  if (!agents.over) return;  // while a keeper elsewhere still restores, its end is not known
  std::vector<Happening> known = ledger.happenings(exercise), added;
  if (left) added = read_lines(left->folder + "/keeper.jsonl");
  drop_known(added, known);
  std::vector<Happening> elsewhere = agents.happenings;
  drop_told(elsewhere, known);
  added.insert(added.end(), elsewhere.begin(), elsewhere.end());
  known.insert(known.end(), added.begin(), added.end());
  // A keeper that outlived its runner has undone all, and proved it, where its list has nothing in effect.
  const bool looked_over = !left || left->in_effect.empty();
  RunEnded ended = death(record_of(exercise, known), left ? left->in_effect : std::vector<std::string>(), looked_over);
  add_remains(ended, agents);
  added.push_back({system_clock().now(), ended});
  ledger.append(exercise, added);
  if (agents.any && agents.remains.empty()) forget_agents(exercise);
}

// Exercises of which agents could not be asked, or had something left: they are asked again.
std::vector<Recovered> ask_again(Ledger& ledger) {
  std::vector<Recovered> out;
  for (const ExerciseLine& line : ledger.exercises()) {
    if (runs_now(line.id) || !has_agents_to_ask(line.id)) continue;
    if (!line.end) {
      out.push_back({line.id, {}, {"a keeper on another host still puts it back; ask again: muster exercise recover"}});
      continue;
    }
    const AgentsAccount agents = ask_agents(line.id);
    std::vector<Happening> known = ledger.happenings(line.id), added = agents.happenings;
    drop_told(added, known);
    known.insert(known.end(), added.begin(), added.end());
    const ExerciseRecord record = record_of(line.id, known);
    RunEnded ended = *record.end;
    ended.remains.clear();
    for (const FaultRecord& fault : record.faults)
      if (fault.active() && fault.state != FaultChange::failed) ended.remains.push_back(fault.name);
    ended.restored = ended.remains.empty();
    add_remains(ended, agents);
    if (agents.over && (record.end->restored != ended.restored || record.end->remains != ended.remains)) added.push_back({system_clock().now(), ended});
    ledger.append(line.id, added);
    if (agents.over && agents.remains.empty()) forget_agents(line.id);
    out.push_back({line.id, added, agents.over ? ended.remains : std::vector<std::string>{"a keeper on another host still restores"}});
  }
  return out;
}

bool any_agents_to_ask(const Ledger& ledger) {
  const std::vector<ExerciseLine> all = ledger.exercises();
  return std::any_of(all.begin(), all.end(), [](const ExerciseLine& line) { return !runs_now(line.id) && has_agents_to_ask(line.id); });
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
  std::vector<Recovered> all = recover();
  const bool elsewhere = std::filesystem::exists(ledger_file()) && any_agents_to_ask(Ledger(ledger_file(), true));
  if (all.empty() && !elsewhere) return all;
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
  for (Recovered& one : ask_again(ledger)) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const Recovered& r) { return r.exercise == one.exercise; });
    if (known == all.end()) all.push_back(std::move(one));
    else known->remains = one.remains;
  }
  return all;
}

}  // namespace muster
