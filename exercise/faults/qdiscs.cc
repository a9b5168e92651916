#include "exercise/faults/qdiscs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include "exercise/clock.h"
#include "exercise/command.h"
#include "exercise/faults/note.h"
#include "exercise/processes.h"

namespace muster {
namespace {

constexpr double kPatience = 10;  // seconds

// Only the network: `tc` needs nothing of the namespace's own /etc.
Argv tc_in(const std::string& netns, const Argv& arguments) {
  Argv argv{"tc"};
  if (!netns.empty()) argv.insert(argv.end(), {"-n", netns});
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

CommandResult run_tc(const std::string& netns, const Argv& arguments) {
  CommandSettings command;
  command.argv = tc_in(netns, arguments);
  command.timeout = kPatience;
  command.most_out = 16 << 20;
  return run_command(command);
}

[[noreturn]] void become(const std::vector<char*>& argv, int out, int held) {
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::fcntl(held, F_SETFD, 0);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 1024> buffer{};
  for (ssize_t n; (n = ::read(from, buffer.data(), buffer.size())) > 0;) text.append(buffer.data(), static_cast<std::size_t>(n));
  return text;
}

}  // namespace

std::string all_qdiscs(const std::string& netns, const std::string& device) {
  Argv arguments{"-j", "qdisc", "show"};
  if (!device.empty()) arguments.insert(arguments.end(), {"dev", device});
  const CommandResult result = run_tc(netns, arguments);
  if (!result.succeeded()) throw std::runtime_error("tc qdisc show " + result.text() + ": " + result.tail + result.why);
  return result.out;
}

std::string qdisc_handle(const Effect& effect) {
  char text[16];
  std::snprintf(text, sizeof text, "4d%02x:", static_cast<unsigned>(effect.number) & 0xffU);
  return text;
}

bool is_qdisc_handle(const std::string& handle) { return handle.size() == 5 && handle.starts_with("4d") && handle.ends_with(":"); }

QdiscTurn::QdiscTurn(const Effect& effect)
    : netns_(effect.target.netns), lock_(::open(note_file(effect, "tc").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  // On a disk that is full or read-only it may be there already; where it cannot be at all, nobody was ever at it.
  if (lock_.get() < 0) lock_ = Descriptor(::open(note_file(effect, "tc").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (lock_.get() < 0) return;
  const Moment since = system_clock().now();
  while (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (system_clock().now().since(since) > kPatience) throw std::runtime_error("a tc is at it, and does not end");
    ::poll(nullptr, 0, 2);
  }
}

std::string QdiscTurn::tc(const Argv& arguments) const {
  Argv words = tc_in(netns_, arguments);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  const Descriptor from(ends[0]);
  Descriptor out(ends[1]);
  ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
  const pid_t pid = fork_apart({out.get(), lock_.get()}, 0, [&] { become(argv, out.get(), lock_.get()); });
  out.close();
  const int status = end_process(pid, kPatience);
  if (status == 0) return "";
  if (status > 0 && WIFEXITED(status)) return "tc ended with " + std::to_string(WEXITSTATUS(status)) + ": " + read_all(from.get());
  return "tc did not end in time, and was killed";
}

std::vector<std::string> missing_for_qdiscs(const Target& target) {
  const std::string who = "target " + target.name + ": ";
  if (geteuid() != 0) return {who + "a device's queue is root's to change"};
  if (network_named(target.netns) == 0) return {who + "there is no network namespace " + target.netns};
  const CommandResult result = run_tc(target.netns, {"qdisc", "show"});
  if (!result.succeeded()) return {who + "tc " + result.text() + ": " + result.tail + result.why};
  return {};
}

}  // namespace muster
