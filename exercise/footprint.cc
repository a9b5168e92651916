#include "exercise/footprint.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "exercise/faults/fault.h"
#include "exercise/faults/qdiscs.h"
#include "exercise/footprint_looks.h"

namespace muster {
namespace {

constexpr char unseen[] = "cannot be looked at";

void look(std::vector<std::string>& things, const std::string& what, const std::function<std::vector<std::string>()>& at) {
  try {
    for (std::string& one : at()) things.push_back(std::move(one));
  } catch (const std::exception& error) {
    things.push_back(what + " " + unseen + ": " + error.what());
  }
}

// "east: qdisc 4d01: tbf at eth0"
bool is_our_qdisc(const std::string& line) {
  static const std::string word = ": qdisc ";
  const std::size_t at = line.find(word);
  return at != std::string::npos && is_qdisc_handle(line.substr(at + word.size(), line.find(' ', at + word.size()) - at - word.size()));
}

bool of_muster(const std::string& line, const std::string& exercise) {
  const auto has = [&](const std::string& word) { return line.find(word) != std::string::npos; };
  Effect any;
  any.exercise = exercise;
  return has(effect_name(any)) || is_our_qdisc(line) || has(" is stopped") || has(unseen);
}

}  // namespace

Footprint take_footprint(const std::vector<Target>& targets) {
  std::set<std::string> networks;
  for (const Target& target : targets)
    if (target.agent.empty()) networks.insert(target.netns);
  Footprint print;
  for (const std::string& netns : networks) {
    const std::string where = netns.empty() ? "machine" : netns;
    look(print.things, where + ": tables", [&] { return tables_in(netns, where); });
    look(print.things, where + ": qdiscs", [&] { return qdiscs_in(netns, where); });
    look(print.things, where + ": listeners", [&] { return listeners_in(netns, where); });
    look(print.things, where + ": processes", [&] { return stopped_in(netns, where); });
  }
  look(print.things, "machine: cgroups", cgroups_there);
  look(print.things, "machine: mounts", mounts_there);
  look(print.things, "machine: network namespaces", namespaces_there);
  look(print.things, "machine: open files", tagged_processes_there);
  std::sort(print.things.begin(), print.things.end());
  print.things.erase(std::unique(print.things.begin(), print.things.end()), print.things.end());
  return print;
}

FootprintCompared compare(const Footprint& before, const Footprint& after, const std::string& exercise) {
  FootprintCompared out{before.things, after.things, {}, {}};
  std::vector<std::string> appeared, vanished;
  std::set_difference(after.things.begin(), after.things.end(), before.things.begin(), before.things.end(), std::back_inserter(appeared));
  std::set_difference(before.things.begin(), before.things.end(), after.things.begin(), after.things.end(), std::back_inserter(vanished));
  for (const std::string& one : appeared)
    if (of_muster(one, exercise)) out.remains.push_back(one);
    else out.changed.push_back("new: " + one);
  for (const std::string& one : vanished) out.changed.push_back("gone: " + one);
  return out;
}

}  // namespace muster
