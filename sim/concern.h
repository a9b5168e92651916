#pragma once
#include <string>

#include "models/scenario.h"

/// What of a scenario an outage depends on.
namespace muster {

/// A digest of everything that the outcomes of one outage are a function of, with the seed and the number of replications: its
/// own strikes, repair and data, its plan, the people, slots and links that this plan uses, services with what they need, their
/// objectives and costs, regions, the time zone, and the copies of the services that it strikes. As the outage sees the scenario.
///
/// Left out, as nothing of it is ever drawn or asked for: other outages and plans, people and capacity that no step of its
/// plan uses, sizes (transfers know theirs) and copies of services that none of its strikes hits, how often it
/// happens, notes and titles. Equal digests mean equal outcomes, replication by replication; the reverse need not hold.
std::string concern_of(const Scenario& scenario, const std::string& outage);

/// The same without what decides only what is lost, and what is asked of it: copies, objectives and costs. Outages that are alike in this
/// go the same course in every replication, and their programs (sim/program.h) differ in copies alone.
std::string course_of(const Scenario& scenario, const std::string& outage);

}  // namespace muster
