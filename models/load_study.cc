#include "models/load_study.h"

#include <algorithm>
#include <stdexcept>

#include "models/decode.h"
#include "models/file_kind.h"
#include "models/fingerprint.h"
#include "models/json_pointer.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

std::string counted(double count) {
  if (count >= 1e15) return "more than 10^15";
  std::string digits = std::to_string(static_cast<unsigned long long>(count));
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

double cost_of(const Node& node) {
  if (!node.is_scalar() || node.text.empty()) return 0;
  try {
    const bool saves = node.text[0] == '-';
    const double amount = parse_money_per_year(std::string_view(node.text).substr(saves));
    return saves ? -amount : amount;
  } catch (const std::invalid_argument&) {
    return 0;  // reported by its shape
  }
}

Change change_of(const View& at, std::string pointer, const Node& value) {
  return {std::move(pointer), value, at.key_place.line > 0 ? at.key_place : value.place};
}

class StudyLoad {
 public:
  StudyLoad(Document document, const ChangeableScenario& scenario, const LoadLimits& limits)
      : document_(std::move(document)), scenario_(scenario), limits_(limits), findings_(document_, limits.problems) {}

  LoadedStudy load(const VariantSink& sink) {
    refuse_other_kind(document_, FileKind::study);
    for (const Problem& problem : document_.problems) findings_.error(problem);
    const Grammar grammar = study_grammar();
    const View root{&document_.root};
    check_shape(grammar, *grammar.root, root, findings_);
    if (findings_.errors() == 0) decode(root);
    refuse_many();
    if (findings_.errors() > 0) throw InvalidInput(findings_.sorted_errors());
    combine(study_);
    for (std::size_t i = 0; i < study_.variants.size() && !findings_.full(); ++i) check(i, sink);
    if (findings_.errors() > 0) throw InvalidInput(findings_.sorted_errors());
    study_.file = document_.sources.at(0);
    return {std::move(study_), findings_.sorted_warnings()};
  }

 private:
  void decode(const View& root);
  void decode_options(const View& options);
  void decode_grid(const View& grid);
  void refuse_many();
  void check(std::size_t variant, const VariantSink& sink);
  void tell(const Problem& problem, const StudyVariant& variant);

  Document document_;
  const ChangeableScenario& scenario_;
  LoadLimits limits_;
  Findings findings_;
  Study study_;
  std::vector<std::pair<std::string, std::string>> told_;  ///< where (or what), and what
};

void StudyLoad::decode(const View& root) {
  study_.title = text_field(root, "title");
  const std::string how = text_field(root, "combine");
  study_.combine = how == "pairs" ? Study::Combine::pairs : how == "all" ? Study::Combine::all : Study::Combine::none;
  study_.budget = quantity_field(root, "budget", parse_money_per_year);
  if (auto options = field(root, "options")) decode_options(*options);
  if (auto grid = field(root, "grid")) decode_grid(*grid);
  if (root->find("combine") != nullptr && study_.options.empty()) findings_.error("/combine", "there are no options to combine; a grid is every combination already");
}

void StudyLoad::decode_options(const View& options) {
  each_member(options, [&](const View& member) {
    StudyOption option;
    option.name = member.key;
    option.title = text_field(member, "title");
    if (option.title.empty()) option.title = option.name;
    if (auto cost = field(member, "cost")) option.cost_per_year = cost_of(*cost->node);
    option.provenance = decode_provenance(member);
    if (auto settings = field(member, "set"))
      each_member(*settings, [&](const View& setting) { option.changes.push_back(change_of(setting, std::string(setting.key), *setting.node)); });
    study_.options.push_back(std::move(option));
  });
}

void StudyLoad::decode_grid(const View& grid) {
  each_member(grid, [&](const View& member) {
    StudyAxis axis;
    axis.pointer = member.key;
    const auto values = member->kind == Node::Kind::list ? std::optional<View>(member) : field(member, "values");
    each_item(*values, [&](const View& value) { axis.values.push_back(change_of(value, axis.pointer, *value.node)); });
    axis.title = text_field(member, "title");
    if (axis.title.empty()) axis.title = title_of_pointer(axis.pointer);
    axis.costs.assign(axis.values.size(), 0);
    if (auto costs = field(member, "costs"); costs && member->kind == Node::Kind::map) {
      if ((*costs)->items.size() != axis.values.size())
        findings_.error(*costs, std::to_string((*costs)->items.size()) + " costs for " + std::to_string(axis.values.size()) + " values; expected one for each");
      for (std::size_t i = 0; i < std::min(axis.costs.size(), (*costs)->items.size()); ++i) axis.costs[i] = cost_of((*costs)->items[i]);
    }
    study_.axes.push_back(std::move(axis));
  });
}

void StudyLoad::refuse_many() {
  if (findings_.errors() > 0) return;
  const double count = combinations(study_);
  if (count <= static_cast<double>(Study::most_variants)) return;
  const bool grid = !study_.axes.empty();
  findings_.error(grid ? "/grid" : document_.root.find("combine") != nullptr ? "/combine" : "/options",
                  counted(count) + " combinations, and at most " + counted(static_cast<double>(Study::most_variants)) +
                      " are simulated; " + (grid ? "fewer values, or several studies" : "fewer options, or combine: pairs"));
}

void StudyLoad::check(std::size_t index, const VariantSink& sink) {
  const StudyVariant& variant = study_.variants[index];
  try {
    const Loaded loaded = scenario_.changed(study_.changes_of(variant), document_.sources.at(0));
    const auto& known = scenario_.as_it_is().warnings;
    for (const Problem& warning : loaded.warnings)
      if (std::find(known.begin(), known.end(), warning) == known.end()) tell(warning, variant);
    if (sink && findings_.errors() == 0) sink(index, loaded.scenario);
  } catch (const InvalidInput& wrong) {
    for (const Problem& problem : wrong.problems()) tell(problem, variant);
  }
}

// The change at whose place the problem is, or the last that was made: without it there would be none.
void StudyLoad::tell(const Problem& problem, const StudyVariant& variant) {
  const bool here = problem.file == document_.sources.at(0);
  std::string message = problem.message;
  if (here && !problem.pointer.empty()) message = problem.pointer + ": " + message;
  if (!here) message = problem.text();
  std::vector<std::pair<std::string, const Change*>> changes;
  for (std::size_t option : variant.options)
    for (const Change& change : study_.options[option].changes)
      changes.emplace_back("/options/" + study_.options[option].name + "/set/" + escaped_token(change.pointer), &change);
  for (std::size_t axis = 0; axis < variant.cell.size(); ++axis)
    changes.emplace_back("/grid/" + escaped_token(study_.axes[axis].pointer), &study_.axes[axis].values[variant.cell[axis]]);
  if (changes.empty()) return;
  auto cause = std::find_if(changes.rbegin(), changes.rend(), [&](const auto& one) {
    return here && (problem.pointer == one.second->pointer || problem.pointer.starts_with(one.second->pointer + "/"));
  });
  if (cause == changes.rend()) cause = changes.rbegin();
  const std::string& at = cause->first;
  Place place = cause->second->place;
  if (here && problem.line > 0) place = {problem.line, problem.column, 0};
  const std::pair<std::string, std::string> once{here ? std::to_string(place.line) + ":" + std::to_string(place.column) : "", message};
  if (std::find(told_.begin(), told_.end(), once) != told_.end()) return;
  told_.push_back(once);
  Problem told{problem.severity, document_.sources.at(0), place.line, place.column, at, "with " + in_quotes(variant.name) + ": " + message};
  if (problem.severity == Problem::Severity::error)
    findings_.error(std::move(told));
  else
    findings_.warning(std::move(told));
}

}  // namespace

LoadedStudy parse_study(std::string_view text, const std::string& name, const ChangeableScenario& scenario, const VariantSink& sink, const LoadLimits& limits) {
  LoadedStudy loaded = StudyLoad(read_document(text, name, limits), scenario, limits).load(sink);
  loaded.study.sha256 = sha256_hex(text);
  return loaded;
}

LoadedStudy load_study(const std::string& path, const ChangeableScenario& scenario, const VariantSink& sink, const LoadLimits& limits) {
  return parse_study(read_file(path, limits.bytes), path, scenario, sink, limits);
}

LoadedStudy study_of_settings(const std::vector<Setting>& settings, const ChangeableScenario& scenario, const VariantSink& sink, const LoadLimits& limits) {
  StudyOption option;
  for (const auto& [pointer, text] : settings) {
    const std::string source = "--set " + pointer;
    const auto refuse = [&](const std::string& message) { throw InvalidInput({{Problem::Severity::error, source, 0, 0, "", message}}); };
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) refuse("the value is empty; write null to take something away");
    try {
      if (parse_pointer(pointer).empty()) refuse("an empty pointer is the whole document; point at something in it");
    } catch (const std::invalid_argument& wrong) {
      refuse(wrong.what());
    }
    Document value = read_document(text, source, limits);
    if (!value.problems.empty()) throw InvalidInput(std::move(value.problems));
    option.changes.push_back({pointer, std::move(value.root), {}});
    option.name += (option.name.empty() ? "" : " ") + pointer + "=" + shown(option.changes.back().value);
  }
  option.title = option.name;
  LoadedStudy loaded;
  loaded.study.options.push_back(std::move(option));
  combine(loaded.study);
  if (loaded.study.variants.empty()) throw InvalidInput({{Problem::Severity::error, "--set", 0, 0, "", "one value is put over another; set each once"}});
  const Loaded changed = scenario.changed(loaded.study.changes_of(loaded.study.variants[0]), "--set");
  const auto& known = scenario.as_it_is().warnings;
  for (const Problem& warning : changed.warnings)
    if (std::find(known.begin(), known.end(), warning) == known.end()) loaded.warnings.push_back(warning);
  if (sink) sink(0, changed.scenario);
  return loaded;
}

Scenario scenario_of(const Study& study, std::size_t variant, const ChangeableScenario& scenario) {
  return scenario.changed(study.changes_of(study.variants.at(variant)), study.file).scenario;
}

}  // namespace muster
