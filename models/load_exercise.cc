#include "models/load_exercise.h"

#include <filesystem>

#include "models/decode_exercise.h"
#include "models/exercise_shape.h"
#include "models/file_kind.h"
#include "models/fingerprint.h"
#include "models/json_pointer.h"
#include "models/json_schema.h"
#include "models/scenario_check.h"
#include "models/wording.h"

namespace muster {
namespace {

Names keys_of(const Node& root, const char* key, const char* what) {
  Names names{what};
  if (const Node* map = root.find(key))
    for (const Member& member : map->members)
      if (!is_ignored(member.key)) names.add(member.key);
  return names;
}

class ExerciseLoad {
 public:
  ExerciseLoad(Document document, const std::string& folder, const LoadLimits& limits)
      : document_(std::move(document)), findings_(document_, limits.problems), decoding_{findings_} {
    decoding_.folder = folder;
  }

  LoadedExercise load(const ScenarioByName& scenario_by_name) {
    refuse_other_kind(document_, FileKind::exercise);
    for (const Problem& problem : document_.problems) findings_.error(problem);
    const Grammar grammar = exercise_grammar();
    const View root{&document_.root};
    check_shape(grammar, *grammar.root, root, findings_);
    read_scenario(root, scenario_by_name);
    if (const Node* outage = document_.root.find("outage"); outage != nullptr && outage->is_scalar()) outage_ = outage->text;
    collect_names();
    Exercise exercise = decode_exercise(root, decoding_);
    check_exercise(exercise, decoding_, findings_);
    if (findings_.errors() > 0) throw InvalidInput(findings_.sorted_errors());
    exercise.file = document_.sources.at(0);
    if (exercise.kind == Exercise::Kind::tabletop) talk_only(exercise);
    return {std::move(exercise), *std::move(scenario_), findings_.sorted_warnings()};
  }

  LoadedExercise load_incident(const Scenario& scenario, const std::string& outage) {
    refuse_other_kind(document_, FileKind::bindings);
    for (const Problem& problem : document_.problems) findings_.error(problem);
    const Grammar grammar = bindings_grammar();
    const View root{&document_.root};
    check_shape(grammar, *grammar.root, root, findings_);
    scenario_ = scenario.seen_by(outage);
    outage_ = decoding_.outage = outage;
    collect_names();
    Exercise exercise = decode_exercise(root, decoding_);
    exercise.kind = Exercise::Kind::incident;
    exercise.outage = outage;
    exercise.scenario_file = scenario.file;
    if (exercise.title.empty()) exercise.title = scenario.title.empty() ? outage : scenario.title + ": " + outage;
    check_exercise(exercise, decoding_, findings_);
    if (findings_.errors() > 0) throw InvalidInput(findings_.sorted_errors());
    exercise.file = document_.sources.at(0);
    return {std::move(exercise), *std::move(scenario_), findings_.sorted_warnings()};
  }

 private:
  void read_scenario(const View& root, const ScenarioByName& scenario_by_name);
  void collect_names();
  static void talk_only(Exercise& exercise);

  Document document_;
  Findings findings_;
  ExerciseDecoding decoding_;
  std::optional<Scenario> scenario_;
  std::string outage_;
};

void ExerciseLoad::read_scenario(const View& root, const ScenarioByName& scenario_by_name) {
  const Node* file = root->find("scenario");
  const Node* outage = root->find("outage");
  if (file == nullptr || !file->is_scalar() || !findings_.clean("/scenario")) return;
  try {
    Scenario whole = scenario_by_name(file->text).scenario;
    Names outages{"outage"};
    for (const Outage& each : whole.outages) outages.add(each.name);
    if (outage == nullptr || !outage->is_scalar()) return;
    for (const Member& member : root->members)
      if (member.key == "outage") expect_name(root.member(member), outage->text, outages, findings_);
    if (outages.has(outage->text)) scenario_ = whole.seen_by(outage->text);
  } catch (const InvalidInput& wrong) {
    for (const Problem& problem : wrong.problems()) findings_.error(problem);
  }
}

void ExerciseLoad::collect_names() {
  decoding_.targets = keys_of(document_.root, "targets", "target");
  decoding_.probes = keys_of(document_.root, "probes", "probe");
  Names* of_scenario[] = {&decoding_.services, &decoding_.regions, &decoding_.places, &decoding_.roles,
                          &decoding_.steps};
  for (Names* names : of_scenario) {
    names->known = scenario_.has_value();
    names->in = " in the scenario";
  }
  if (!scenario_) return;
  decoding_.scenario = &*scenario_;
  for (const Service& service : scenario_->services) decoding_.services.add(service.name);
  for (const Service& service : scenario_->services) decoding_.places.add(service.name);
  for (const std::string& region : scenario_->regions) {
    decoding_.regions.add(region);
    decoding_.places.add(region);
  }
  for (const Role& role : scenario_->roles) decoding_.roles.add(role.name);
  for (const Outage& outage : scenario_->outages)
    if (outage.name == outage_)
      if (const Plan* plan = plan_of(*scenario_, outage))
        for (const Step& step : plan->steps) decoding_.steps.add(step.name);
  decoding_.steps.in = " in the plan of the outage";
}

// Nothing that touches anything is left, so that nobody who performs it can get it wrong.
void ExerciseLoad::talk_only(Exercise& exercise) {
  exercise.faults.clear();
  exercise.steps.clear();
  exercise.canary.reset();
  exercise.afterwards.reset();
}

}  // namespace

LoadedExercise parse_exercise(std::string_view text, const std::string& name, const std::string& folder,
                              const ScenarioByName& scenario, const LoadLimits& limits) {
  LoadedExercise loaded = ExerciseLoad(read_document(text, name, limits), folder, limits).load(scenario);
  loaded.exercise.sha256 = sha256_hex(text);
  return loaded;
}

LoadedExercise load_exercise(const std::string& path, const LoadLimits& limits) {
  namespace fs = std::filesystem;
  const std::string text = read_file(path, limits.bytes);
  const fs::path beside = fs::path(path).parent_path();
  const fs::path folder = fs::absolute(beside.empty() ? fs::path(".") : beside).lexically_normal();
  std::string place = folder.string();
  if (place.size() > 1 && place.back() == '/') place.pop_back();
  return parse_exercise(
      text, path, place,
      [&](const std::string& file) { return load_scenario((beside / file).string(), {}, limits); }, limits);
}

LoadedExercise parse_incident(std::string_view bindings, const std::string& name, const std::string& folder, const Loaded& scenario,
                              const std::string& outage, const LoadLimits& limits) {
  LoadedExercise loaded = ExerciseLoad(read_document(bindings, name, limits), folder, limits).load_incident(scenario.scenario, outage);
  loaded.exercise.sha256 = sha256_hex(bindings);
  return loaded;
}

LoadedExercise load_incident(const Loaded& scenario, const std::string& outage, const std::string& bindings, const LoadLimits& limits) {
  namespace fs = std::filesystem;
  if (bindings.empty()) {
    LoadedExercise unbound = parse_incident("muster-bindings: 1\n", "", fs::current_path().string(), scenario, outage, limits);
    unbound.exercise.file = unbound.exercise.sha256 = "";
    return unbound;
  }
  const fs::path beside = fs::path(bindings).parent_path();
  const fs::path folder = fs::absolute(beside.empty() ? fs::path(".") : beside).lexically_normal();
  std::string place = folder.string();
  if (place.size() > 1 && place.back() == '/') place.pop_back();
  return parse_incident(read_file(bindings, limits.bytes), bindings, place, scenario, outage, limits);
}

std::string exercise_json_schema() { return json_schema(exercise_grammar()); }

}  // namespace muster
