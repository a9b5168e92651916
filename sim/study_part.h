#pragma once
#include <functional>
#include <string>
#include <vector>

#include "models/shard.h"
#include "sim/study.h"

/// A study in parts, on several machines, and the whole from them: the same bytes as run_study().
namespace muster {

/// Every so manyth of what is to be simulated: variants of outages, dealt out in turn. The baseline of an outage is simulated by each
/// part that has variants of it. A section for each outage, in order; empty when it was interrupted.
std::vector<std::string> run_study_part(const Scenario& baseline, const StudyCases& cases, const VariantScenario& scenario_of, const StudyOptions& options,
                                        const ShardPart& part, const ProgressSink& progress = {}, const std::atomic<bool>* interrupted = nullptr);

/// `section(part, outage)`, both from 0, is what run_study_part() gave. Throws DamagedArchive (models/archive.h) for what it did not give.
StudyResult merge_study_parts(const Scenario& baseline, const Study& study, const StudyCases& cases, const StudyOptions& options, std::uint64_t parts,
                              const std::function<std::string(std::uint64_t part, std::size_t outage)>& section);

}  // namespace muster
