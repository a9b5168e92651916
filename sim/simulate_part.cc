#include "sim/simulate_part.h"

#include <algorithm>
#include <stdexcept>

#include "models/archive.h"
#include "sim/outage_run.h"

namespace muster {

std::vector<std::string> simulate_part(const Scenario& scenario, const SimulationOptions& options, const ShardPart& part,
                                       const ProgressSink& progress, const std::atomic<bool>* interrupted) {
  if (options.precision || options.sensitivity || options.sample_steps) throw std::logic_error("simulate_part: not to be had in parts");
  const auto [first, last] = replications_of(part, options.replications, OutageRun::block);
  const std::vector<std::string> names = asked_outages(scenario, options);
  std::vector<std::string> sections;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Program program = compile(scenario, names[i], options.at);
    OutageRun run(program, scenario.seen_by(names[i]), options, options.replications);
    run.run_part(first, last, interrupted, progress, {names[i], first, last, static_cast<int>(i), static_cast<int>(names.size())});
    if (run.done() < last || (interrupted && *interrupted)) return {};
    ArchiveWriter section;
    section(run.gather());
    sections.push_back(section.take());
  }
  return sections;
}

SimulationResult merge_parts(const Scenario& scenario, const SimulationOptions& options, std::uint64_t parts,
                             const std::function<std::string(std::uint64_t part, std::size_t outage)>& section) {
  SimulationResult result = begun_result(scenario, options);
  const std::vector<std::string> names = asked_outages(scenario, options);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Program program = compile(scenario, names[i], options.at);
    OutageRun run(program, scenario.seen_by(names[i]), options, options.replications);
    for (std::uint64_t part = 0; part < parts; ++part) {
      const std::string bytes = section(part, i);
      ArchiveReader reader(bytes);
      Gathered gathered;
      reader(gathered);
      reader.at_end();
      run.adopt(std::move(gathered));
    }
    if (run.done() != options.replications) throw DamagedArchive();
    result.sketched |= run.sketched();
    result.replications = run.done();
    result.outages.push_back(run.result());
  }
  result.steps_replications = std::min(result.replications, OutageRun::steps_limit);
  return result;
}

}  // namespace muster
