#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "models/observation.h"

/// Observations as text, and by name. Pure and thread-safe.
namespace muster {

const char* word_of(Observation::Of of);                  ///< "step", "role" (of a response), "outage"
bool of_word(std::string_view word, Observation::Of& of); ///< false: it is none of these

/// The observations that files have in Muster's own format (docs/formats.md): heading, and a row with its line end.
std::string observations_heading();
std::string observation_row(const Observation& observation);

/// A name as scenarios have them: "Amazon CloudWatch (EU)" becomes "amazon-cloudwatch-eu". "" where nothing is left of it.
std::string as_name(std::string_view text);

/// Those of the kind and name, in order. `scenario`: a title; "" takes those of any, else also those that do not know theirs.
std::vector<Observation> selected(const std::vector<Observation>& all, Observation::Of of, const std::string& name, const std::string& scenario = "");

}  // namespace muster
