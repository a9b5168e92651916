#pragma once
#include <nlohmann/json_fwd.hpp>

#include "exercise/command.h"
#include "exercise/probing.h"
#include "models/exercise.h"
#include "models/happening.h"

/// What goes with orders, as JSON and back. What comes from the other side is checked: each throws std::invalid_argument with a sentence.
namespace muster {

nlohmann::json target_to_json(const Target& target);
Target target_from_json(const nlohmann::json& json);

/// Without `before_undo`, which goes with the order to begin.
nlohmann::json fault_to_json(const FaultPlan& fault);
FaultPlan fault_from_json(const nlohmann::json& json);

nlohmann::json probe_to_json(const Probe& probe);  ///< without where it looks from: the agent's own network
Probe probe_from_json(const nlohmann::json& json);

/// Arguments, timeout, environment and whether output is kept: the rest is the agent's to say.
nlohmann::json command_to_json(const CommandSettings& command);
CommandSettings command_from_json(const nlohmann::json& json);
nlohmann::json result_to_json(const CommandResult& result);
CommandResult result_from_json(const nlohmann::json& json);

nlohmann::json sample_to_json(const Sample& sample);
Sample sample_from_json(const nlohmann::json& json);

/// One side of it: where it writes to, or reads from. Of what is read, both sides are that one.
enum class CanarySide { writes, reads };
nlohmann::json canary_to_json(const Canary& canary, CanarySide side);
Canary canary_from_json(const nlohmann::json& json);

nlohmann::json planned_to_json(const PlannedEffect& planned);
PlannedEffect planned_from_json(const nlohmann::json& json);

nlohmann::json moment_to_json(const Moment& moment);
Moment moment_from_json(const nlohmann::json& json);

}  // namespace muster
