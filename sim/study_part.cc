#include "sim/study_part.h"

#include "models/outcomes_archive.h"
#include "sim/study_outcomes.h"

namespace muster {

std::vector<std::string> run_study_part(const Scenario& baseline, const StudyCases& cases, const VariantScenario& scenario_of, const StudyOptions& options,
                                        const ShardPart& part, const ProgressSink& progress, const std::atomic<bool>* interrupted) {
  std::vector<std::string> sections;
  std::uint64_t dealt = 0;
  for (const StudyCases::OfOutage& of : cases.outages()) {
    const Progress where{of.name, 0, options.replications, static_cast<int>(sections.size()), static_cast<int>(cases.outages().size())};
    const auto mine = [&](std::size_t k) { return (dealt + k) % part.of == part.index - 1; };
    const auto found = simulate_cases(of, mine, baseline, scenario_of, options, progress, interrupted, where);
    if (!found || (interrupted && *interrupted)) return {};
    std::vector<std::pair<std::uint64_t, OutageOutcome>> outcomes;
    for (std::size_t k = 0; k < found->size(); ++k)
      if ((*found)[k]) outcomes.emplace_back(k, *(*found)[k]);
    ArchiveWriter section;
    section(outcomes);
    sections.push_back(section.take());
    dealt += of.cases.size();
  }
  return sections;
}

StudyResult merge_study_parts(const Scenario& baseline, const Study& study, const StudyCases& cases, const StudyOptions& options, std::uint64_t parts,
                              const std::function<std::string(std::uint64_t part, std::size_t outage)>& section) {
  std::vector<Outcomes> outcomes;
  for (std::size_t i = 0; i < cases.outages().size(); ++i) {
    Outcomes all(cases.outages()[i].cases.size());
    for (std::uint64_t part = 0; part < parts; ++part) {
      const std::string bytes = section(part, i);
      ArchiveReader reader(bytes);
      std::vector<std::pair<std::uint64_t, OutageOutcome>> some;
      reader(some);
      reader.at_end();
      for (auto& [k, outcome] : some) {
        if (k >= all.size() || all[k]) throw DamagedArchive();
        all[k] = std::make_shared<const OutageOutcome>(std::move(outcome));
      }
    }
    for (const auto& one : all)
      if (!one) throw DamagedArchive();
    outcomes.push_back(std::move(all));
  }
  return study_result(baseline, study, cases, options, outcomes);
}

}  // namespace muster
