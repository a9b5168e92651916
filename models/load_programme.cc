#include "models/load_programme.h"

#include <filesystem>

#include "models/decode.h"
#include "models/decode_programme.h"
#include "models/file_kind.h"
#include "models/fingerprint.h"

namespace muster {
namespace {

class ProgrammeLoad {
 public:
  ProgrammeLoad(Document document, const std::string& folder, const ProgrammeCalendar& calendar, const LoadLimits& limits)
      : document_(std::move(document)), findings_(document_, limits.problems), decoding_{findings_} {
    decoding_.folder = folder;
    decoding_.calendar = calendar;
  }

  LoadedProgramme load(const ProgrammeScenario& scenario) {
    refuse_other_kind(document_, FileKind::programme);
    for (const Problem& problem : document_.problems) findings_.error(problem);
    const Grammar grammar = programme_grammar();
    const View root{&document_.root};
    check_shape(grammar, *grammar.root, root, findings_);
    read_scenarios(root, scenario);
    collect_names(root);
    Programme programme = decode_programme(root, decoding_);
    if (findings_.errors() > 0) throw InvalidInput(findings_.sorted_errors());
    programme.file = document_.sources.at(0);
    return {std::move(programme), std::move(decoding_.scenarios), findings_.sorted_warnings()};
  }

 private:
  // A file that several exercises name is read, and complained about, once.
  void read_scenarios(const View& root, const ProgrammeScenario& scenario) {
    if (auto exercises = field(root, "exercises"))
      each_member(*exercises, [&](const View& exercise) {
        const auto file = field(exercise, "scenario");
        if (!file || !(*file)->is_scalar() || !findings_.clean(file->pointer())) return;
        const auto [entry, fresh] = decoding_.files.emplace((*file)->text, std::nullopt);
        if (!fresh) return;
        try {
          Loaded loaded = scenario((*file)->text);
          entry->second = decoding_.scenarios.size();
          decoding_.scenarios.push_back(std::move(loaded.scenario));
        } catch (const InvalidInput& wrong) {
          for (const Problem& problem : wrong.problems()) {
            if (problem.line == 0 && problem.pointer.empty()) findings_.error_in(problem.file, 0, *file, problem.message);
            else findings_.error(problem);
          }
        }
      });
  }

  void collect_names(const View& root) {
    if (auto people = field(root, "people"))
      each_member(*people, [&](const View& person) {
        decoding_.people.add(std::string(person.key));
        for (const std::string& role : names_field(person, "roles"))
          if (!role.empty()) decoding_.roles.add(role);
      });
    if (auto exercises = field(root, "exercises")) each_member(*exercises, [&](const View& exercise) { decoding_.exercises.add(std::string(exercise.key)); });
    decoding_.roles.in = " by any of the people";
  }

  Document document_;
  Findings findings_;
  ProgrammeDecoding decoding_;
};

}  // namespace

LoadedProgramme parse_programme(std::string_view text, const std::string& name, const std::string& folder, const ProgrammeScenario& scenario,
                                const ProgrammeCalendar& calendar, const LoadLimits& limits) {
  LoadedProgramme loaded = ProgrammeLoad(read_document(text, name, limits), folder, calendar, limits).load(scenario);
  loaded.programme.sha256 = sha256_hex(text);
  return loaded;
}

LoadedProgramme load_programme(const std::string& path, const ProgrammeCalendar& calendar, const LoadLimits& limits) {
  const std::filesystem::path beside = std::filesystem::path(path).parent_path();
  return parse_programme(
      read_file(path, limits.bytes), path, beside.string(), [&](const std::string& file) { return load_scenario((beside / file).string(), {}, limits); }, calendar, limits);
}

}  // namespace muster
