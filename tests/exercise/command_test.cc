#include "exercise/command.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "exercise/refused.h"

namespace muster {
namespace {
namespace fs = std::filesystem;
using End = CommandResult::End;

CommandSettings shell(const std::string& script, double timeout = 10) {
  CommandSettings settings;
  settings.argv = {"/bin/sh", "-c", script};
  settings.timeout = timeout;
  return settings;
}

class Commands : public testing::Test {
 protected:
  Commands() {
    folder_ = fs::temp_directory_path() / "muster-command-XXXXXX";
    if (!mkdtemp(folder_.data())) throw std::runtime_error("no folder");
  }
  ~Commands() override {
    for (const pid_t pid : pids_)
      if (lives(pid)) kill(pid, SIGKILL);
    fs::remove_all(folder_);
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string content(const std::string& name) const {
    std::ifstream file(path(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  /// The oracle for "lives" is the kernel: a process that is there and no zombie.
  static bool lives(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    const auto at = text.rfind(") ");
    return at != std::string::npos && text[at + 2] != 'Z' && text[at + 2] != 'X';
  }
  /// A pid that a script wrote; it is killed when the test ends.
  pid_t pid_in(const std::string& name) {
    for (int i = 0; i < 500 && content(name).find('\n') == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const pid_t pid = std::atoi(content(name).c_str());
    EXPECT_GT(pid, 1) << name;
    if (pid > 1) pids_.push_back(pid);
    return pid;
  }
  std::string folder_;
  std::vector<pid_t> pids_;
};

TEST_F(Commands, TellsStatusAndOutputs) {
  const CommandResult result = run_command(shell("echo spoken; echo cried >&2; exit 3"));
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.out, "spoken\n");
  EXPECT_EQ(result.tail, "spoken\ncried\n");
  EXPECT_EQ(result.text(), "ended with 3");
  EXPECT_FALSE(result.succeeded());
}

TEST_F(Commands, TellsTheSignalThatKilledIt) {
  const CommandResult result = run_command(shell("kill -9 $$"));
  EXPECT_EQ(result.end, End::signalled);
  EXPECT_EQ(result.status, 9);
}

// Somebody presses Ctrl-C, again and again, while commands start: the group's signal may come when a command's process is still of the group.
TEST_F(Commands, AreNotEndedByWhatIsMeantForTheGroupOfWhoStartsThem) {
  const pid_t group = fork();
  ASSERT_GE(group, 0);
  if (group == 0) {
    setpgid(0, 0);
    signal(SIGINT, [](int) {});
    std::atomic<bool> over{false};
    std::thread presses([&] {
      while (!over) kill(0, SIGINT);
    });
    int ended = 0;
    for (int i = 0; i < 100; ++i) ended += !run_command(shell("true")).succeeded();
    over = true;
    presses.join();
    _exit(ended == 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(group, &status, 0), group);
  EXPECT_EQ(status, 0) << "a command was ended by a signal";
}

TEST_F(Commands, SayWhatCouldNotBeStarted) {
  CommandSettings settings;
  settings.argv = {"no-such-program-anywhere"};
  CommandResult result = run_command(settings);
  EXPECT_EQ(result.end, End::not_started);
  EXPECT_EQ(result.why, "no-such-program-anywhere: not found");
  settings = shell("true");
  settings.folder = "/no/such/folder";
  EXPECT_EQ(run_command(settings).why, "/bin/sh: cannot start in its folder: not found");
  settings = shell("true");
  settings.netns = "no-such-namespace";
  EXPECT_EQ(run_command(settings).end, End::not_started);
}

TEST_F(Commands, KeepTheLastFourKibibytesAndTheStartOfTheStandardOutput) {
  const CommandResult result = run_command(shell("seq 1 2000000; echo end"));  // 14 MB
  EXPECT_EQ(result.tail.size(), 4096u);
  EXPECT_EQ(result.tail.substr(result.tail.size() - 12), "2000000\nend\n");
  EXPECT_EQ(result.out.size(), 65536u);
  EXPECT_EQ(result.out.substr(0, 6), "1\n2\n3\n");
}

TEST_F(Commands, WriteBothOutputsInOrderToAFileThatOthersCannotRead) {
  CommandSettings settings = shell("echo a; echo b >&2; echo c");
  settings.output_file = path("out");
  run_command(settings);
  const CommandResult second = run_command(settings);
  EXPECT_EQ(content("out"), "a\nb\nc\na\nb\nc\n");
  EXPECT_EQ(second.tail, "a\nb\nc\n");
  struct stat there {};
  ASSERT_EQ(stat(path("out").c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0600u);
  EXPECT_LE(there.st_blocks * 512, 4096);  // what was reserved is given back
}

TEST_F(Commands, KeepNothingWhenToldSo) {
  CommandSettings settings = shell("echo secret");
  settings.output_file = path("out");
  settings.keep_output = false;
  const CommandResult result = run_command(settings);
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.tail + result.out, "");
  EXPECT_FALSE(fs::exists(path("out")));
}

/// A tmpfs of its own that is full: the command neither fails nor sees it, and the tail is told all the same.
TEST_F(Commands, DoNotFailWhereTheirOutputHasNoRoom) {
  if (geteuid() != 0) GTEST_SKIP() << "mounting needs root";
  const std::string full = path("full");
  fs::create_directory(full);
  ASSERT_EQ(mount("none", full.c_str(), "tmpfs", 0, "size=64k"), 0);
  std::ofstream(full + "/filler") << std::string(128 * 1024, 'x');
  CommandSettings settings = shell("set -e; echo one; echo two");
  settings.output_file = full + "/out";
  const CommandResult result = run_command(settings);
  umount2(full.c_str(), MNT_DETACH);
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.tail, "one\ntwo\n");
}

TEST_F(Commands, InheritNeitherDescriptorsNorSignalMasksNorHandling) {
  const int leaked = open("/dev/null", O_RDONLY);  // without close-on-exec
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  auto* const old = signal(SIGPIPE, SIG_IGN);
  CommandSettings settings;
  settings.argv = {
      "/bin/sh", "-c",
      "ls /proc/self/fd | wc -l; grep -E 'Sig(Blk|Ign)' /proc/self/status; readlink /proc/self/fd/0"};
  const CommandResult result = run_command(settings);
  signal(SIGPIPE, old);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(leaked);
  EXPECT_EQ(result.out,
            "4\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n/dev/null\n");  // the 4th is ls's own,
                                                                                      // of the folder
}

TEST_F(Commands, LeadASessionOfTheirOwnInTheirFolderWithTheirEnvironment) {
  CommandSettings settings =
      shell("ps -o sid= -p $$; echo $$; pwd; echo $GIVEN; echo ${MUSTER_TREE:+marked}");
  settings.folder = folder_;
  settings.env["GIVEN"] = "value";
  std::istringstream lines(run_command(settings).out);
  pid_t session = 0, pid = 1;
  std::string folder, given, mark;
  lines >> session >> pid >> folder >> given >> mark;
  EXPECT_EQ(session, pid);
  EXPECT_EQ(fs::canonical(folder), fs::canonical(folder_));
  EXPECT_EQ(given, "value");
  EXPECT_EQ(mark, "marked");
}

TEST_F(Commands, LeaveTheirDaemonsRunningWhenTheyEndByThemselves) {
  CommandSettings settings =
      shell("setsid sh -c 'echo $$ > pid; while sleep 0.02; do echo tick; done' & exit 0");
  settings.folder = folder_;
  settings.output_file = path("out");
  const CommandResult result = run_command(settings);
  EXPECT_TRUE(result.succeeded());
  EXPECT_LT(result.seconds, 5);
  const pid_t daemon = pid_in("pid");
  const auto size = content("out").size();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(lives(daemon));
  EXPECT_GT(content("out").size(), size);  // it still writes: our leaving did not break its output
}

TEST_F(Commands, TakeTheWholeTreeWithThemAtTheirTimeout) {
  CommandSettings settings = shell(
      "setsid sh -c 'echo $$ > detached; exec sleep 100' &"         // another session
      "sh -c 'echo $$ > child; exec sleep 100' &"                   // a plain child
      "env -i setsid sh -c 'echo $$ > nameless; exec sleep 100' &"  // another session and no mark: by descent
      "sh -c 'env -u MUSTER_TREE sh -c \"echo \\$\\$ > orphan; exec sleep 100\" & exit' &"  // its parent is
                                                                                            // gone: by
                                                                                            // session
      "sleep 100",
      3);
  settings.folder = folder_;
  const CommandResult result = run_command(settings);
  EXPECT_EQ(result.end, End::timed_out);
  EXPECT_GE(result.seconds, 3);
  EXPECT_LT(result.seconds, 4);  // all take SIGTERM: the second of grace is not used up
  for (const char* name : {"detached", "child", "nameless", "orphan"})
    EXPECT_FALSE(lives(pid_in(name))) << name;
}

/// A daemon that double-forks into a session of its own, parent gone, environment emptied: known because it
/// was seen before.
TEST_F(Commands, TakeDaemonsThatHideWithThem) {
  CommandSettings settings = shell(
      "env -i sh -c 'sleep 0.6; setsid sh -c \"echo \\$\\$ > hidden; exec sleep 100\" & sleep 0.5; exit' & "
      "sleep 100",
      4);
  settings.folder = folder_;
  EXPECT_EQ(run_command(settings).end, End::timed_out);
  EXPECT_FALSE(lives(pid_in("hidden")));
}

TEST_F(Commands, KillWhatIgnoresSigterm) {
  CommandSettings settings = shell("trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done", 2);
  settings.folder = folder_;
  const CommandResult result = run_command(settings);
  EXPECT_EQ(result.end, End::timed_out);
  EXPECT_GE(result.seconds, 3);  // a second of grace
  EXPECT_LT(result.seconds, 6);
  EXPECT_FALSE(lives(pid_in("pid")));
}

TEST_F(Commands, EndWhatIsStopped) {
  CommandSettings settings = shell("echo $$ > pid; kill -STOP $$; sleep 100", 2);
  settings.folder = folder_;
  EXPECT_LT(run_command(settings).seconds, 6);
  EXPECT_FALSE(lives(pid_in("pid")));
}

TEST_F(Commands, NeverTouchWhatOthersStarted) {
  const pid_t bystander = fork();
  if (bystander == 0) {
    execlp("sleep", "sleep", "100", nullptr);
    _exit(127);
  }
  run_command(shell("sleep 100", 0.2));
  EXPECT_TRUE(lives(bystander));
  kill(bystander, SIGKILL);
  waitpid(bystander, nullptr, 0);
}

TEST_F(Commands, RunSideBySideInALoopAndEndWhenAsked) {
  boost::asio::io_context io;
  std::vector<std::string> order;
  CommandSettings lasting =
      shell("echo $$ > pid; setsid sh -c 'echo $$ > daemon; sleep 100' & sleep 100", INFINITY);
  lasting.folder = folder_;
  RunningCommand slow(io, lasting, [&](const CommandResult& r) {
    order.push_back(r.end == End::ended_by_us ? "ended" : r.text());
  });
  RunningCommand quick(io, shell("exit 0"), [&](const CommandResult&) { order.push_back("quick"); });
  boost::asio::steady_timer timer(io);
  int turns = 0;
  const std::function<void(const boost::system::error_code&)> end_when_it_is_under_way = [&](const auto&) {
    if (++turns < 200 && (order.empty() || content("pid").empty() || content("daemon").empty())) {
      timer.expires_after(std::chrono::milliseconds(50));
      return timer.async_wait(end_when_it_is_under_way);
    }
    slow.end();
    slow.end();  // twice is once
  };
  end_when_it_is_under_way({});
  io.run();
  EXPECT_EQ(order, (std::vector<std::string>{"quick", "ended"}));
  EXPECT_FALSE(lives(pid_in("pid")));
  EXPECT_FALSE(lives(pid_in("daemon")));
}

TEST_F(Commands, EndWithTheObjectThatRunsThem) {
  boost::asio::io_context io;
  bool told = false;
  CommandSettings settings = shell("setsid sh -c 'echo $$ > pid; sleep 100' & sleep 100");
  settings.folder = folder_;
  {
    RunningCommand command(io, settings, [&](const CommandResult&) { told = true; });
    pid_in("pid");
  }
  io.run();
  EXPECT_FALSE(lives(pid_in("pid")));
  EXPECT_FALSE(told);
}

/// A namespace of the test's own, with its own hosts file; `ip` and the kernel are the oracle.
class InNamespace : public Commands {
 protected:
  void SetUp() override {
    if (geteuid() != 0 || std::system("ip netns list >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "needs root and ip netns";
    name_ = "mcmd" + std::to_string(getpid());
    ASSERT_EQ(std::system(("ip netns add " + name_).c_str()), 0);
    fs::create_directories("/etc/netns/" + name_);
    std::ofstream("/etc/netns/" + name_ + "/hosts") << "10.9.9.9 only.here\n";
  }
  void TearDown() override {
    if (name_.empty()) return;
    fs::remove_all("/etc/netns/" + name_);
    std::system(("ip netns del " + name_).c_str());
  }
  std::string name_;
};

TEST_F(InNamespace, CommandsSeeItsNetworkItsEtcAndTheCgroups) {
  CommandSettings settings = shell("readlink /proc/self/ns/net; cat /etc/hosts; grep -c cgroup /proc/mounts");
  settings.netns = name_;
  const CommandResult result = run_command(settings);
  struct stat there {};
  ASSERT_EQ(stat(("/run/netns/" + name_).c_str(), &there), 0);
  const CommandResult outside = run_command(shell("grep -c cgroup /proc/mounts || true"));
  EXPECT_EQ(result.out, "net:[" + std::to_string(there.st_ino) + "]\n10.9.9.9 only.here\n" + outside.out);
  EXPECT_EQ(run_command(shell("grep -c only.here /etc/hosts")).status, 1);  // nothing of it is outside
}

TEST_F(InNamespace, AProcessEntersItself) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      enter_namespace(name_);
    } catch (const Refused&) {
      _exit(2);
    }
    struct stat net {
    }, own{};
    stat(("/run/netns/" + name_).c_str(), &net);
    stat("/proc/self/ns/net", &own);
    _exit(net.st_ino == own.st_ino ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(EnterNamespace, RefusesWhatIsNotThere) {
  EXPECT_THROW(enter_namespace("no-such-namespace"), Refused);
  EXPECT_THROW(enter_namespace("../net"), Refused);
}

}  // namespace
}  // namespace muster
