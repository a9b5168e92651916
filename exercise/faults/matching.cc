#include "exercise/faults/matching.h"

#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "exercise/clock.h"
#include "exercise/refused.h"

namespace muster {
namespace {

using nlohmann::json;

std::vector<ProcessSight> tops(const std::vector<ProcessSight>& matches, const std::vector<ProcessSight>& all) {
  std::vector<ProcessSight> out;
  for (const auto& one : matches) {
    bool under = false;
    for (const auto& other : matches) {
      if (other.identity == one.identity) continue;
      for (const auto& below : with_descendants(all, {other.identity.pid})) under = under || below.identity == one.identity;
    }
    if (!under) out.push_back(one);
  }
  return out;
}

json pairs(const std::vector<ProcessIdentity>& all) {
  json out = json::array();
  for (const auto& one : all) out.push_back({one.pid, one.start});
  return out;
}

std::vector<ProcessIdentity> identities(const json& all) {
  std::vector<ProcessIdentity> out;
  for (const auto& one : all) out.push_back({one.at(0), one.at(1)});
  return out;
}

pid_t pid_in(const std::string& file, const std::string& folder) {
  pid_t pid = 0;
  std::ifstream(file[0] == '/' || folder.empty() ? file : folder + "/" + file) >> pid;
  return pid;
}

}  // namespace

std::vector<ProcessSight> matching(const Match& match, const std::string& folder, const Target& target, const std::vector<ProcessSight>& all,
                                   const std::vector<pid_t>& own) {
  const std::set<pid_t> ours = relatives(all, own);
  const pid_t named = match.pid_file.empty() ? 0 : pid_in(match.pid_file, folder);
  const std::regex pattern(match.pattern, std::regex::ECMAScript);
  const std::uint64_t network = network_named(target.netns);
  std::vector<ProcessSight> out;
  for (const auto& one : all) {
    if (one.dead() || one.kernel || one.identity.pid <= 1 || ours.contains(one.identity.pid)) continue;
    if (match.pid_file.empty() ? !std::regex_search(one.command, pattern) : one.identity.pid != named) continue;
    if (network != 0 && network_of(one.identity.pid) == network) out.push_back(one);
  }
  return tops(out, all);
}

Quarry find_quarry(const Match& match, const Target& target, const Surroundings& around) {
  Quarry quarry{match, boot_id(), around.plan ? around.plan->folder : "", {}, {}};
  const auto all = all_processes();
  std::vector<pid_t> own = around.own, roots;
  own.push_back(getpid());
  const auto found = matching(match, quarry.folder, target, all, own);
  const std::string by = match.pid_file.empty() ? "“" + match.pattern + "”" : "pid file " + match.pid_file;
  if (found.empty()) throw Refused({"no process of target " + target.name + " matches " + by});
  if (found.size() > static_cast<std::size_t>(match.at_most)) {
    std::string list;
    for (std::size_t i = 0; i < found.size() && i < 20; ++i)
      list += "\n  " + std::to_string(found[i].identity.pid) + " " + found[i].command.substr(0, 100);
    throw Refused({std::to_string(found.size()) + " processes of target " + target.name + " match " + by + ", and at-most is " +
                   std::to_string(match.at_most) + ":" + list});
  }
  for (const auto& one : found) {
    roots.push_back(one.identity.pid);
    quarry.roots.push_back(one.identity);
  }
  for (const auto& one : with_descendants(all, roots)) quarry.tree.push_back(one.identity);
  return quarry;
}

json to_json(const Quarry& quarry) {
  return {{"pid-file", quarry.match.pid_file}, {"pattern", quarry.match.pattern}, {"at-most", quarry.match.at_most},
          {"boot", quarry.boot},               {"folder", quarry.folder},         {"roots", pairs(quarry.roots)},
          {"tree", pairs(quarry.tree)}};
}

Quarry quarry_from_json(const json& j) {
  return {{j.at("pid-file"), j.at("pattern"), j.at("at-most")}, j.at("boot"), j.at("folder"), identities(j.at("roots")), identities(j.at("tree"))};
}

std::string pids_of(const std::vector<ProcessIdentity>& all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : " ") + std::to_string(one.pid);
  return out;
}

std::vector<std::string> missing_for_processes(const Target& target) {
  if (network_named(target.netns) == 0) return {"target " + target.name + ": there is no network namespace " + target.netns};
  return {};
}

}  // namespace muster
