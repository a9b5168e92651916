#include "exercise/faults/qdiscs.h"

#include <unistd.h>

#include <stdexcept>

#include "exercise/command.h"
#include "exercise/processes.h"

namespace muster {
namespace {

CommandResult tc(const std::string& netns, const Argv& arguments) {
  CommandSettings command;
  command.argv = {"tc"};
  // Only the network: `tc` needs nothing of the namespace's own /etc.
  if (!netns.empty()) command.argv.insert(command.argv.end(), {"-n", netns});
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.timeout = 10;
  command.most_out = 16 << 20;
  return run_command(command);
}

}  // namespace

std::string all_qdiscs(const std::string& netns, const std::string& device) {
  Argv arguments{"-j", "qdisc", "show"};
  if (!device.empty()) arguments.insert(arguments.end(), {"dev", device});
  const CommandResult result = tc(netns, arguments);
  if (!result.succeeded()) throw std::runtime_error("tc qdisc show " + result.text() + ": " + result.tail + result.why);
  return result.out;
}

std::string run_tc(const std::string& netns, const Argv& arguments) {
  const CommandResult result = tc(netns, arguments);
  return result.succeeded() ? "" : "tc " + result.text() + ": " + result.tail + result.why;
}

std::vector<std::string> missing_for_qdiscs(const Target& target) {
  const std::string who = "target " + target.name + ": ";
  if (geteuid() != 0) return {who + "a device's queue is root's to change"};
  if (network_named(target.netns) == 0) return {who + "there is no network namespace " + target.netns};
  if (const std::string trouble = run_tc(target.netns, {"qdisc", "show"}); !trouble.empty()) return {who + trouble};
  return {};
}

}  // namespace muster
