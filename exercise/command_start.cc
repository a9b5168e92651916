#include "exercise/command_start.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "exercise/namespace_entry.h"
#include "exercise/refused.h"

extern char** environ;

namespace muster {
namespace {

std::string draw_mark() {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) std::abort();
  char text[64];
  std::snprintf(text, sizeof text, "%d.%016llx", getpid(), static_cast<unsigned long long>(random));
  return text;
}

std::vector<std::string> environment_of(const CommandSettings& settings, const std::string& mark) {
  std::map<std::string, std::string> values;
  for (char** entry = environ; *entry; ++entry)
    if (const char* equals = std::strchr(*entry, '='))
      values[std::string(*entry, static_cast<std::size_t>(equals - *entry))] = equals + 1;
  for (const auto& [name, value] : settings.env) values[name] = value;
  values["MUSTER_TREE"] = mark;
  std::vector<std::string> lines;
  for (const auto& [name, value] : values) lines.push_back(name + "=" + value);
  return lines;
}

/// Where the program may lie, as execvp would look, but along the command's own PATH.
std::vector<std::string> candidates_of(const std::string& program,
                                       const std::vector<std::string>& environment) {
  if (program.find('/') != std::string::npos) return {program};
  std::string path = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& line : environment)
    if (line.rfind("PATH=", 0) == 0) path = line.substr(5);
  std::vector<std::string> candidates;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    candidates.push_back(end == at ? "./" + program : path.substr(at, end - at) + "/" + program);
    at = end + 1;
  }
  return candidates;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Everything that the child needs, made before the fork: after it, in a process that had threads, nothing
/// may allocate.
struct Ready {
  const NamespaceEntry* entry;
  const char* folder;
  int in, out, err, report;
  const std::vector<std::string>* candidates;
  char* const* argv;
  char* const* environment;
};

struct Failure {
  int error;
  char part[60];
};

[[noreturn]] void give_up(const Ready& ready, const char* part) {
  Failure failure{};
  failure.error = errno;
  std::strncpy(failure.part, part, sizeof failure.part - 1);
  [[maybe_unused]] const ssize_t written = write(ready.report, &failure, sizeof failure);
  _exit(127);
}

void forget_the_parent() {
  setsid();
  struct sigaction usual {};
  // What was meant for the parent's group, and came between the fork and now, is not for this one: to ignore it is to drop it.
  usual.sa_handler = SIG_IGN;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaction(number, &usual, nullptr);
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &usual, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  char score[16] = {};
  const int file =
      open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);  // the keeper's protection is its own
  if (file < 0) return;
  if (read(file, score, sizeof score - 1) > 0 && score[0] == '-') {
    [[maybe_unused]] const ssize_t written = pwrite(file, "0", 1, 0);
  }
  close(file);
}

[[noreturn]] void become(const Ready& ready) {
  forget_the_parent();
  if (const char* failed = ready.entry->enter()) give_up(ready, failed);
  if (*ready.folder && chdir(ready.folder) != 0) give_up(ready, "cannot start in its folder");
  if (dup2(ready.in, 0) < 0 || dup2(ready.out, 1) < 0 || dup2(ready.err, 2) < 0) give_up(ready, "no output");
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  int worst = ENOENT;
  for (const std::string& candidate : *ready.candidates) {
    execve(candidate.c_str(), ready.argv, ready.environment);
    if (errno != ENOENT && errno != ENOTDIR) worst = errno;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
  }
  errno = worst;
  give_up(ready, "");
}

int above_standard(int file) {  // dup2 must not write over a descriptor that is still to be used
  if (file > 2 || file < 0) return file;
  const int copy = fcntl(file, F_DUPFD_CLOEXEC, 3);
  close(file);
  return copy;
}

std::string reason(const CommandSettings& settings, const Failure& failure) {
  const std::string error = failure.error == ENOENT ? "not found" : std::strerror(failure.error);
  if (!*failure.part) return settings.argv[0] + ": " + error;
  return settings.argv[0] + ": " + failure.part + ": " + error;
}

}  // namespace

Started start_command(const CommandSettings& settings, int out, int err) try {
  Started started;
  if (settings.argv.empty()) return {0, "", "there is no program to run"};
  started.mark = draw_mark();
  const NamespaceEntry entry(settings.netns);
  std::vector<std::string> arguments = settings.argv, environment = environment_of(settings, started.mark);
  const std::vector<std::string> candidates = candidates_of(settings.argv[0], environment);
  const std::vector<char*> argv = pointers_to(arguments), env = pointers_to(environment);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return {0, "", settings.argv[0] + ": " + std::strerror(errno)};
  report[1] = above_standard(report[1]);
  const int in = above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Ready ready{&entry,    settings.folder.c_str(), in, out, err, report[1], &candidates, argv.data(),
                    env.data()};
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run in the child
  started.pid = fork();
  if (started.pid == 0) become(ready);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(report[1]);
  close(in);
  Failure failure{};
  if (started.pid < 0) {
    started = {0, "", settings.argv[0] + ": " + std::strerror(error)};
  } else {
    ssize_t got;
    do got = read(report[0], &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    if (got == sizeof failure) {
      waitpid(started.pid, nullptr, 0);
      started = {0, "", reason(settings, failure)};
    }
  }
  close(report[0]);
  return started;
} catch (const Refused& refused) {
  return {0, "", refused.what()};
}

}  // namespace muster
