#include <algorithm>
#include <set>

#include "exercise/ledger_state.h"
#include "models/exercise_observations.h"

/// Of the ledger: incidents, what was imported, and what all of it says about how long things take.
namespace muster {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t observations_a_row = 1000;

const char* word_of(Observation::Of of) {
  return of == Observation::Of::step ? "step" : of == Observation::Of::response ? "response" : "outage";
}
Observation::Of of_word(const std::string& word) {
  if (word == "step") return Observation::Of::step;
  if (word == "response") return Observation::Of::response;
  if (word == "outage") return Observation::Of::outage;
  throw std::invalid_argument("nothing observes a " + word);
}

Json json_of(const ImportedObservation& one) {
  const Observation& o = one.what;
  Json out{{"key", one.key}, {"of", word_of(o.of)}, {"name", o.name}, {"seconds", o.seconds}};
  if (o.censored) out["censored"] = true;
  if (o.ended) out["ended"] = o.ended;
  out["source"] = o.source;
  if (!o.scenario.empty()) out["scenario"] = o.scenario;
  if (!o.with_response_of.empty()) out["with-response-of"] = o.with_response_of;
  if (!o.during.empty()) out["during"] = o.during;
  return out;
}

Observation observation_of(const Json& in) {
  return {of_word(in.at("of")), in.at("name"), in.at("seconds"), in.value("censored", false), in.value("ended", std::int64_t{0}),
          in.at("source"), in.value("scenario", std::string()), in.value("with-response-of", std::string()), in.value("during", std::string())};
}

}  // namespace

std::int64_t Ledger::add_incident(const Incident& incident) {
  Transaction all(state_->database, state_->file);
  const std::vector<Incident> known = incidents();
  if (incident.replaces != 0) {
    if (incident.replaces < 0 || static_cast<std::size_t>(incident.replaces) > known.size())
      throw LedgerTrouble("there is no incident " + std::to_string(incident.replaces) +
                          (known.empty() ? "; none was added yet" : "; they go up to " + std::to_string(known.size())));
    if (known[static_cast<std::size_t>(incident.replaces - 1)].replaced)
      throw LedgerTrouble("incident " + std::to_string(incident.replaces) + " was replaced already");
  }
  Incident added = incident;
  added.number = static_cast<std::int64_t>(known.size()) + 1;
  State::Last last = state_->last();
  state_->add(last, "incident", "", to_json_line(added));
  all.commit();
  return added.number;
}

std::vector<Incident> Ledger::incidents() const {
  std::vector<Incident> out;
  Statement rows = state_->query("SELECT number, body FROM rows WHERE kind = 'incident' ORDER BY number");
  while (rows.step())
    understood(state_->file, rows.number(0), [&] {
      out.push_back(incident_from_json(rows.text(1)));
      if (const std::int64_t replaced = out.back().replaces) out.at(static_cast<std::size_t>(replaced - 1)).replaced = true;
    });
  return out;
}

std::size_t Ledger::add_observations(const std::vector<ImportedObservation>& observations, const std::string& by, const Moment& at) {
  Transaction all(state_->database, state_->file);
  std::set<std::string> known;
  Statement rows = state_->query("SELECT json_extract(one.value, '$.key') FROM rows, json_each(rows.body, '$.observations') AS one WHERE kind = 'observations'");
  while (rows.step()) known.insert(rows.text(0));
  State::Last last = state_->last();
  std::size_t added = 0;
  Json some = Json::array();
  const auto write = [&] {
    if (some.empty()) return;
    const Json body{{"by", by}, {"at", at.wall}, {"observations", some}};
    state_->add(last, "observations", "", body.dump(-1, ' ', false, Json::error_handler_t::replace));
    some.clear();
  };
  for (const ImportedObservation& one : observations) {
    if (!known.insert(one.key).second) continue;
    some.push_back(json_of(one));
    ++added;
    if (some.size() == observations_a_row) write();
  }
  write();
  all.commit();
  return added;
}

std::vector<Observation> Ledger::imported_observations() const {
  std::vector<Observation> out;
  Statement rows = state_->query("SELECT number, body FROM rows WHERE kind = 'observations' ORDER BY number");
  while (rows.step())
    understood(state_->file, rows.number(0), [&] {
      const Json body = Json::parse(rows.text(1));
      for (const Json& one : body.at("observations")) out.push_back(observation_of(one));
    });
  return out;
}

std::vector<Observation> Ledger::observations() const {
  std::vector<Observation> out;
  const auto take = [&](std::vector<Observation> more) { out.insert(out.end(), more.begin(), more.end()); };
  for (const ExerciseLine& line : exercises()) take(observations_of_record(line.id, happenings(line.id)));
  for (const Incident& incident : incidents()) take(observations_of(incident));
  take(imported_observations());
  return out;
}

}  // namespace muster
