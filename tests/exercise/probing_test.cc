#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <optional>

#include "exercise/clock.h"
#include "exercise/probing.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"

namespace muster {
namespace {
using scratch::Server;
using Verdict = Sample::Verdict;

Probe probe(const std::string& name, const Check& check, double every, double timeout) {
  Probe out;
  out.name = name;
  out.check = check;
  out.every = every;
  out.timeout = timeout;
  return out;
}

/// Probes, and every sample that came.
struct Watch {
  explicit Watch(const std::vector<Probe>& probes, const std::string& netns = "")
      : probing(std::in_place, io, probes, [netns](const Where&) { return netns; },
                [this](const Probe& of, const Sample& sample) { samples[of.name].push_back(sample); }) {}
  void run(double seconds) {
    io.restart();
    io.run_for(std::chrono::milliseconds(static_cast<int>(seconds * 1000)));
  }
  bool until(const std::function<bool()>& what) {
    return scratch::eventually(10, [&] {
      run(0.05);
      return what();
    });
  }
  boost::asio::io_context io;
  std::map<std::string, std::vector<Sample>> samples;
  std::optional<Probing> probing;
};

class ProbingTest : public testing::Test {
 protected:
  ProbingTest() : server({"/usr/bin/python3", MUSTER_SOURCE "/tests/exercise/web_server.py"}), port(server.line()) {}
  HttpProbe http(const std::string& path) const {
    HttpProbe out;
    out.url = "http://127.0.0.1:" + port + path;
    return out;
  }
  Server server;
  std::string port;
};

/// The schedule is arithmetic: each due instant is the first one plus a whole number of periods.
TEST_F(ProbingTest, KeepsItsScheduleWhileTheServerHangs) {
  Watch watch({probe("hangs", http("/slow/30"), 0.1, 0.5), probe("answers", http("/ok"), 0.1, 5)});
  watch.run(2.05);
  for (const char* name : {"hangs", "answers"}) {
    const auto& samples = watch.samples[name];
    ASSERT_GE(samples.size(), 12u) << name;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      EXPECT_EQ((samples[i].due.boot - samples[0].due.boot) % 100'000'000, 0);
      EXPECT_GE(samples[i].began.boot, samples[i].due.boot);
      EXPECT_EQ(samples[i].verdict, name == std::string("hangs") ? Verdict::failing : Verdict::passing) << samples[i].what;
      if (i > 0) {
        EXPECT_LT(samples[i - 1].began.boot, samples[i].began.boot);
      }
    }
  }
  // They overlapped: more than follow one another in that time.
  EXPECT_GT(watch.samples["hangs"].size(), 2.05 / 0.5 + 2);
}

TEST_F(ProbingTest, SeesTheServerGoAndComeBack) {
  Watch watch({probe("p", http("/ok"), 0.05, 0.3)});
  watch.run(0.5);
  server.signal(SIGSTOP);
  const Moment stopped = system_clock().now();
  watch.run(1);
  server.signal(SIGCONT);
  const Moment back = system_clock().now();
  watch.run(1);
  bool down = false;
  for (const auto& sample : watch.samples["p"]) {
    if (sample.ended.boot < stopped.boot) {
      EXPECT_EQ(sample.verdict, Verdict::passing) << sample.what;
    }
    if (sample.began.boot > stopped.boot && sample.began.boot < back.boot - 400'000'000) {
      EXPECT_EQ(sample.verdict, Verdict::failing);
      down = true;
    }
    if (sample.began.boot > back.boot + 400'000'000) {
      EXPECT_EQ(sample.verdict, Verdict::passing) << sample.what;
    }
  }
  EXPECT_TRUE(down);
  EXPECT_GT(watch.samples["p"].back().began.boot, back.boot + 400'000'000);
}

TEST_F(ProbingTest, DoesNotKnowWhileItsProcessIsDeadAndStartsItAgain) {
  Watch watch({probe("p", http("/ok"), 0.1, 2)});
  watch.run(0.6);
  ASSERT_EQ(watch.probing->pids().size(), 1u);
  const int first = watch.probing->pids()[0];
  kill(first, SIGKILL);
  const Moment killed = system_clock().now();
  EXPECT_TRUE(watch.until([&] { return watch.samples["p"].back().ended.boot > killed.boot && watch.samples["p"].back().verdict == Verdict::passing; }));
  ASSERT_EQ(watch.probing->pids().size(), 1u);
  EXPECT_NE(watch.probing->pids()[0], first);
  int unknown = 0;
  std::int64_t last = 0;
  for (const auto& sample : watch.samples["p"]) {
    unknown += sample.verdict == Verdict::unknown;
    if (sample.verdict == Verdict::unknown) {
      EXPECT_GE(sample.ended.boot, killed.boot);
    }
    EXPECT_EQ((sample.due.boot - watch.samples["p"][0].due.boot) % 100'000'000, 0);
    EXPECT_GT(sample.began.boot, last);
    last = sample.began.boot;
  }
  EXPECT_GE(unknown, 1);
  EXPECT_EQ(watch.samples["p"].back().verdict, Verdict::passing);
}

TEST_F(ProbingTest, DoesNotKnowWhatASilentProcessWouldHaveSeen) {
  Watch watch({probe("p", http("/ok"), 0.1, 0.2)});
  watch.run(0.3);
  const int pid = watch.probing->pids().at(0);
  kill(pid, SIGSTOP);
  watch.run(3);
  EXPECT_EQ(watch.samples["p"].back().verdict, Verdict::unknown);
  kill(pid, SIGCONT);
  EXPECT_TRUE(watch.until([&] { return watch.samples["p"].back().verdict == Verdict::passing; }));
}

/// The oracle: what /proc says of the processes after their owner was killed.
TEST_F(ProbingTest, DiesWithItsOwner) {
  scratch::Folder folder;
  const pid_t owner = fork();
  if (owner == 0) {
    Watch watch({probe("p", http("/slow/30"), 0.1, 20),
                 probe("c", CommandProbe{{"/bin/sh", "-c", "echo $$ > " + folder.file("command") + "; exec sleep 30"}, 0, "", ""}, 60, 20)});
    std::ofstream(folder.file("prober")) << watch.probing->pids().at(0) << std::endl;
    watch.run(30);
    _exit(0);
  }
  pid_t prober = 0, command = 0;
  const auto began = [&] {
    std::ifstream(folder.file("prober")) >> prober;
    std::ifstream(folder.file("command")) >> command;
    return prober > 0 && command > 0;
  };
  EXPECT_TRUE(scratch::eventually(5, began));
  usleep(300'000);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  EXPECT_TRUE(scratch::eventually(3, [&] { return !scratch::lives(prober); }));
  EXPECT_TRUE(scratch::eventually(4, [&] { return !scratch::lives(command); }));
}

TEST_F(ProbingTest, EndsItsProcessesWithItself) {
  int pid = 0;
  {
    Watch watch({probe("p", http("/slow/30"), 0.1, 20)});
    watch.run(0.5);
    pid = watch.probing->pids().at(0);
    const Moment begin = system_clock().now();
    watch.probing.reset();
    EXPECT_LT(system_clock().now().since(begin), 1);
    watch.run(0.2);  // what the loop still calls finds it ended
  }
  EXPECT_FALSE(scratch::lives(pid));
}

TEST_F(ProbingTest, DoesNotKnowWhereTheNamespaceIsMissing) {
  Watch watch({probe("p", http("/ok"), 0.1, 0.2)}, "muster-test-no-such-namespace");
  watch.run(1);
  ASSERT_FALSE(watch.samples["p"].empty());
  for (const auto& sample : watch.samples["p"]) EXPECT_EQ(sample.verdict, Verdict::unknown);
  EXPECT_NE(watch.samples["p"].back().what.find("muster-test-no-such-namespace"), std::string::npos) << watch.samples["p"].back().what;
}

}  // namespace
}  // namespace muster
