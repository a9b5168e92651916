#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "models/shape.h"
#include "models/study.h"

/// From a study file to a Study, with every one of its variants checked: the same path and manners as models/load.h.
///
/// Each variant's scenario is made and checked before anything is simulated. A problem in it is told at the place of the study
/// that caused it, with the variant's name, once however many variants have it. Nothing but the study file (and the tables of
/// the scenario) is read.
namespace muster {

struct LoadedStudy {
  Study study;
  std::vector<Problem> warnings{};  ///< what variants' scenarios warn of and the scenario as it is does not
};

/// Sees each variant's scenario, in order from 0, while there is no error; it is gone afterwards.
using VariantSink = std::function<void(std::size_t variant, const Scenario& scenario)>;

/// Throws InvalidInput.
LoadedStudy load_study(const std::string& path, const ChangeableScenario& scenario, const VariantSink& sink = {}, const LoadLimits& = {});
/// The same from memory; `name` stands for the file in messages.
LoadedStudy parse_study(std::string_view text, const std::string& name, const ChangeableScenario& scenario, const VariantSink& sink = {},
                        const LoadLimits& = {});
/// The study of one variant: all settings together. Throws InvalidInput; each setting is its own source in messages.
LoadedStudy study_of_settings(const std::vector<Setting>& settings, const ChangeableScenario& scenario, const VariantSink& sink = {},
                              const LoadLimits& = {});

/// The scenario of one variant. Thread-safe.
Scenario scenario_of(const Study& study, std::size_t variant, const ChangeableScenario& scenario);

/// The form of a study file, version 1.
Grammar study_grammar();
/// The JSON Schema (2020-12) of a study file, as shipped in scenarios/what-if.schema.json, from the same shapes.
std::string study_json_schema();

}  // namespace muster
