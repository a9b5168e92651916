#pragma once
#include <string>
#include <vector>

#include "exercise/run_parts.h"

/// A run whose targets are on several hosts: the parts of a run on this host, with those that agents do on theirs.
namespace muster {

/// What is on this host as `parts` does it; the rest by the agents. `exercise` lives longer.
RunParts with_agents(RunParts parts, const Exercise& exercise, const std::string& id);

/// reasons_against(), and what each agent has against it on its host, after all faults were looked at there. Touches nothing.
std::vector<std::string> reasons_on_all_hosts(const Exercise& exercise, const std::string& calendar, const Moment& now);

/// What became of an exercise whose runner died, on the hosts of its agents (STATE/exercises/ID/agents.json says which).
struct AgentsAccount {
  std::vector<Happening> happenings;     ///< told on our clocks
  std::vector<std::string> remains;      ///< also what is not known
  bool any = false;                      ///< it had agents, and not all is known to be put back there
  bool over = true;                      ///< false: some keeper still restores
};
AgentsAccount ask_agents(const std::string& exercise);
bool has_agents_to_ask(const std::string& exercise);
void forget_agents(const std::string& exercise);   ///< all is put back, and told

}  // namespace muster
