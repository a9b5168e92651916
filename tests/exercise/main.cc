#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "exercise/keeper.h"

namespace {

std::string left_behind(const std::string& word, pid_t pid) {
  std::string out;
  FILE* pipe = popen((MUSTER_SOURCE "/tests/exercise/left_behind.sh " + word + " " + std::to_string(pid)).c_str(), "r");
  char buffer[4096];
  for (std::size_t got; pipe && (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, got);
  if (pipe) pclose(pipe);
  return out;
}

// Outlives the tests, whoever kills them and all their children: then it removes what they have left. Nobody's child, so that it is not
// killed with them, and without their output, for whose end others wait.
void leave_somebody_to_clean_up() {
  const pid_t tests = getpid(), first = fork();
  if (first > 0) waitpid(first, nullptr, 0);
  if (first != 0) return;
  setsid();
  const int watched = static_cast<int>(syscall(SYS_pidfd_open, tests, 0));
  if (fork() != 0) _exit(0);
  const int nothing = open("/dev/null", O_RDWR);
  for (const int file : {0, 1, 2}) dup2(nothing, file);
  for (int file = 3; file < 256; ++file)
    if (file != watched) close(file);
  unsetenv("TMPDIR");
  pollfd ended{watched, POLLIN, 0};
  if (poll(&ended, 1, -1) == 1) left_behind("clean", tests);
  _exit(0);
}

bool nothing_is_left() {
  std::string left;
  for (int i = 0; i < 50; ++i) {  // some of it is on its way
    if (left = left_behind("look", getpid()); left.empty()) return true;
    usleep(100'000);
  }
  std::fprintf(stderr, "The tests have left:\n%s", left.c_str());
  return false;
}

}  // namespace

// The keeper and its fuses are this same program, started anew. The tests' own folders are in one that tells whose they are, and so
// does the environment of whatever they start: for that they are started anew, too.
int main(int argc, char** argv) {
  const std::vector<std::string> rest(argv + (argc > 1 ? 2 : 1), argv + argc);
  if (argc > 1 && std::strcmp(argv[1], "keeper") == 0) return muster::keeper_main(rest);
  if (argc > 1 && std::strcmp(argv[1], "fuse") == 0) return muster::fuse_main(rest);
  const std::string folder = "/tmp/muster-tests-" + std::to_string(getpid());
  if (const char* given = std::getenv("TMPDIR"); !given || given != folder) {
    mkdir(folder.c_str(), 0755);
    setenv("TMPDIR", folder.c_str(), 1);
    return execv("/proc/self/exe", argv);
  }
  ::testing::InitGoogleTest(&argc, argv);
  leave_somebody_to_clean_up();
  const int status = RUN_ALL_TESTS();
  return nothing_is_left() ? status : 1;
}
