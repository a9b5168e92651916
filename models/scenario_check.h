#pragma once
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "models/findings.h"
#include "models/scenario.h"

/// What concerns several values of a scenario: names that must be defined, circles, amounts that must fit, and
/// warnings about what will surprise. Values that are wrong by themselves were reported already; nothing is said twice.
namespace muster {

/// `seen_by` names the outage whose `set` has been applied; empty for the document as it stands.
void check_scenario(const Scenario& scenario, Findings& findings, const std::string& seen_by = "");

/// Parts of it.
void check_names(const Scenario& scenario, Findings& findings);     ///< every name is defined
void check_circles(const Scenario& scenario, Findings& findings);   ///< needs of services; after, otherwise and do of steps
void check_plans(const Scenario& scenario, Findings& findings);     ///< fallbacks, duties, seats, parts of `takes`
void check_correlations(const Scenario& scenario, Findings& findings);
void check_outages(const Scenario& scenario, Findings& findings);   ///< plans of outages, objectives and costs
/// Only of scenarios without errors. What would take long in a huge scenario is left out there.
void warn_of_surprises(const Scenario& scenario, Findings& findings, const std::string& seen_by);
void warn_of_unreachable_steps(const Scenario& scenario, Findings& findings, const std::string& seen_by);

/// "/plan" or "/plans/NAME", and "/steps/STEP" below it.
std::string pointer_of(const Plan& plan);
std::string pointer_of(const Plan& plan, const Step& step);
/// Where a need stands, whether it is in a list or alone; `member` of an at-least, from 0, or -1 for all of it.
std::string pointer_of_need(const Findings& findings, const std::string& needs, std::size_t index, bool at_least, int member = -1);
/// Where a part of `takes` stands, in a list or alone.
std::string pointer_of_part(const Findings& findings, const std::string& takes, std::size_t index);

/// Steps by name.
std::unordered_map<std::string, const Step*> steps_by_name(const Plan& plan);
/// Services that a strike takes down.
std::vector<std::string> struck_services(const Scenario& scenario, const Strike& strike);
/// The plan that answers an outage; null where it is not defined.
const Plan* plan_of(const Scenario& scenario, const Outage& outage);
/// Outages to warn about: the one that sees, or all that set nothing.
std::vector<const Outage*> outages_seen(const Scenario& scenario, const Findings& findings, const std::string& seen_by);

}  // namespace muster
