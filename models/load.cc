#include "models/load.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "models/changes.h"
#include "models/decode.h"
#include "models/file_kind.h"
#include "models/fingerprint.h"
#include "models/json_pointer.h"
#include "models/scenario_check.h"
#include "models/scenario_shape.h"
#include "models/wording.h"

namespace muster {
namespace {

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_nodes(item);
  for (const Member& member : node.members) count += count_nodes(member.value);
  return count;
}

void place_all(Node& node, Place place) {
  node.place = place;
  for (Node& item : node.items) place_all(item, place);
  for (Member& member : node.members) {
    member.place = place;
    place_all(member.value, place);
  }
}

// Only whose file it is: lines and columns are right already.
void come_from(Node& node, int source) {
  node.place.source = source;
  for (Node& item : node.items) come_from(item, source);
  for (Member& member : node.members) {
    member.place.source = source;
    come_from(member.value, source);
  }
}

std::string folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

void apply_setting(Document& document, const Setting& setting, const LoadLimits& limits) {
  const std::string source = "--set " + setting.first;
  auto refuse = [&](const std::string& message) {
    throw InvalidInput({{Problem::Severity::error, source, 0, 0, "", message}});
  };
  if (setting.second.find_first_not_of(" \t\r\n") == std::string::npos) refuse("the value is empty; write null to take something away");
  Document value = read_document(setting.second, source, limits);
  if (!value.problems.empty()) throw InvalidInput(std::move(value.problems));
  document.sources.push_back(source);
  place_all(value.root, {0, 0, static_cast<int>(document.sources.size()) - 1});
  try {
    set(document.root, setting.first, std::move(value.root));
  } catch (const std::invalid_argument& wrong) {
    refuse(wrong.what());
  }
}

void apply_settings(Document& document, const std::vector<Setting>& settings, const LoadLimits& limits) {
  std::vector<Problem> problems;
  for (const Setting& setting : settings) {
    try {
      apply_setting(document, setting, limits);
    } catch (const InvalidInput& wrong) {
      problems.insert(problems.end(), wrong.problems().begin(), wrong.problems().end());
    }
  }
  if (!problems.empty()) throw InvalidInput(std::move(problems));
}

class ScenarioLoad {
 public:
  ScenarioLoad(Document document, const std::string& folder, const LoadLimits& limits)
      : document_(std::move(document)), limits_(limits), grammar_(scenario_grammar()), tables_(folder), findings_(document_, limits.problems) {}

  Loaded load() {
    for (const Problem& problem : document_.problems) findings_.error(problem);
    Scenario scenario = read(document_, findings_);
    see_by_outages(scenario);
    if (findings_.errors() > 0) throw InvalidInput(findings_.sorted_errors());
    scenario.file = document_.sources.at(0);
    scenario.sha256 = sha256_hex(canonical_json(scenario));
    scenario.tables.assign(tables_.files().begin(), tables_.files().end());
    for (auto& [name, seen] : scenario.as_seen_by) {
      seen.file = scenario.file;
      seen.sha256 = scenario.sha256;
    }
    return {std::move(scenario), findings_.sorted_warnings()};
  }

 private:
  Scenario read(const Document& document, Findings& findings, const std::string& seen_by = "") {
    View root{&document.root};
    check_shape(grammar_, *grammar_.root, root, findings);
    Decoding decoding{findings, tables_};
    Scenario scenario = decode_scenario(root, decoding);
    check_scenario(scenario, findings, seen_by);
    return scenario;
  }

  void see_by_outages(Scenario& scenario);
  std::optional<Scenario> seen(const View& settings);

  Document document_;
  LoadLimits limits_;
  Grammar grammar_;
  Tables tables_;
  Findings findings_;
};

std::optional<Scenario> ScenarioLoad::seen(const View& settings) {
  Document changed = document_;
  bool applied = true;
  each_member(settings, [&](const View& setting) {
    try {
      set(changed.root, setting.key, *setting.node);
    } catch (const std::invalid_argument& wrong) {
      findings_.error_at_key(setting, wrong.what());
      applied = false;
    }
  });
  if (!applied) return {};
  Findings findings(changed, limits_.problems);
  const std::string outage(settings.parent->key);
  Scenario scenario = read(changed, findings, outage);
  findings_.add_new(findings, "as the outage " + in_quotes(outage) + " sets it: ");
  return scenario;
}

// Each outage that sets something reads the whole scenario anew: many of them in a large file would take for ever and all
// memory. Twice the nodes of the largest file is a hundred outages of a scenario with a thousand lines.
void ScenarioLoad::see_by_outages(Scenario& scenario) {
  View root{&document_.root};
  auto outages = field(root, "outages");
  if (!outages) return;
  const std::size_t each = count_nodes(document_.root), most = 2 * limits_.nodes;
  std::size_t spent = 0;
  each_member(*outages, [&](const View& outage) {
    auto settings = field(outage, "set");
    if (!settings || spent > most || (*settings)->members.empty() || !findings_.clean(settings->pointer())) return;
    spent += each;
    if (spent > most) {
      findings_.error_at_key(*settings, "too many outages with `set` for a scenario of this size");
      return;
    }
    if (auto changed = seen(*settings)) scenario.as_seen_by.emplace(outage.key, *std::move(changed));
  });
}

}  // namespace

ChangeableScenario::ChangeableScenario(Document document, std::string folder, const LoadLimits& limits)
    : document_(std::move(document)), folder_(std::move(folder)), limits_(limits), as_it_is_(ScenarioLoad(document_, folder_, limits_).load()) {}

ChangeableScenario ChangeableScenario::parse(std::string_view text, const std::string& name, const std::string& folder, const std::vector<Setting>& settings,
                                             const LoadLimits& limits) {
  Document document = read_document(text, name, limits);
  refuse_other_kind(document, FileKind::scenario);
  apply_settings(document, settings, limits);
  return {std::move(document), folder, limits};
}

ChangeableScenario ChangeableScenario::read(const std::string& path, const std::vector<Setting>& settings, const LoadLimits& limits) {
  return parse(read_file(path, limits.bytes), path, folder_of(path), settings, limits);
}

Loaded ChangeableScenario::changed(std::span<const Change* const> changes, const std::string& source) const {
  Document document = document_;
  document.sources.push_back(source);
  const int index = static_cast<int>(document.sources.size()) - 1;
  for (const Change* change : changes) {
    Node value = change->value;
    come_from(value, index);
    try {
      set(document.root, change->pointer, std::move(value));
    } catch (const std::invalid_argument& wrong) {
      throw InvalidInput({{Problem::Severity::error, source, change->place.line, change->place.column, change->pointer, wrong.what()}});
    }
  }
  if (count_nodes(document.root) > limits_.nodes)
    throw InvalidInput({{Problem::Severity::error, source, 0, 0, "", "the changes make the scenario larger than " + std::to_string(limits_.nodes) + " values, the most that is read"}});
  Loaded loaded = ScenarioLoad(std::move(document), folder_, limits_).load();
  if (calibration_) apply(*calibration_, loaded.scenario);
  return loaded;
}

void ChangeableScenario::calibrate(std::shared_ptr<const Calibration> calibration) {
  calibration_ = std::move(calibration);
  apply(*calibration_, as_it_is_.scenario);
}

Loaded parse_scenario(std::string_view text, const std::string& name, const std::string& folder, const std::vector<Setting>& settings, const LoadLimits& limits) {
  Document document = read_document(text, name, limits);
  refuse_other_kind(document, FileKind::scenario);
  apply_settings(document, settings, limits);
  return ScenarioLoad(std::move(document), folder, limits).load();
}

Loaded load_scenario(const std::string& path, const std::vector<Setting>& settings, const LoadLimits& limits) {
  return parse_scenario(read_file(path, limits.bytes), path, folder_of(path), settings, limits);
}

}  // namespace muster
