#include "exercise/undo_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"

namespace muster {
namespace {
using ::testing::HasSubstr;

UndoHead head() { return {"2026-x", "/run/x", "boot", {5, 6}, {42, 77}, 60, {{"east", "e", "", "us", {"10.0.0.0/8"}}}}; }

ListedEffect effect(int number, std::optional<double> lasts = std::nullopt) {
  ListedEffect listed;
  listed.effect = {"2026-x", "fault" + std::to_string(number), number, "command", {"east", "e", "", "us", {}}, R"({"a":"b\n"})", "/run/x"};
  listed.at = {number * 1'000'000'000LL, 9};
  listed.lasts = lasts;
  return listed;
}

TEST(UndoList, IsReadAsItWasWritten) {
  const scratch::Folder folder;
  const std::string at = folder.file("x");
  {
    UndoList list = UndoList::make(at, head());
    list.set_keeper({43, 78});
    ListedEffect fenced = effect(1, 2.5);
    fenced.fence = CommandSettings{{"/bin/fence", "a b"}, "ns", "", "/tmp", {{"K", "V"}}, HUGE_VAL, "/tmp/out"};
    list.begin(fenced);
    list.begin(effect(2));
    list.set_state(1, EffectState::in_effect);
    list.set_state(1, EffectState::undone);
  }
  const UndoList list = UndoList::open(at);
  EXPECT_EQ(list.head().exercise, "2026-x");
  EXPECT_EQ(list.head().since, (Moment{5, 6}));
  EXPECT_EQ(list.head().runner, (ProcessIdentity{42, 77}));
  EXPECT_EQ(list.head().targets, head().targets);
  EXPECT_EQ(list.keeper(), (ProcessIdentity{43, 78}));
  ASSERT_EQ(list.effects().size(), 2u);
  EXPECT_EQ(list.effects()[0].state, EffectState::undone);
  EXPECT_EQ(list.effects()[0].effect.settings, effect(1).effect.settings);
  EXPECT_EQ(list.effects()[0].fence->argv, (Argv{"/bin/fence", "a b"}));
  EXPECT_EQ(list.effects()[0].fence->timeout, HUGE_VAL);
  EXPECT_EQ(list.effects()[1].state, EffectState::intended);
  EXPECT_FALSE(list.effects()[1].fence);
  struct stat status {};
  ASSERT_EQ(stat((at + "/undo.list").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_GE(status.st_blocks * 512, 1 << 20) << "it is not preallocated";
  ASSERT_EQ(stat(at.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

// Whatever a crash cuts off, what was written whole before it is read, and the next one writes on from there.
TEST(UndoList, ATornEndIsAsIfItHadNotBeenWritten) {
  const scratch::Folder folder;
  const std::string at = folder.file("x");
  std::vector<std::size_t> ends;  // of the lines
  {
    UndoList list = UndoList::make(at, head());
    for (int i = 1; i <= 3; ++i) list.begin(effect(i));
  }
  std::string text;
  {
    std::ifstream in(at + "/undo.list");
    std::getline(in, text, '\0');
  }
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') ends.push_back(i + 1);
  ASSERT_EQ(ends.size(), 4u);
  for (std::size_t cut = ends[0]; cut <= text.size(); cut += 7) {
    for (const char filling : {'\0', 'x'}) {
      std::string torn = text.substr(0, cut) + std::string(text.size() - cut, filling);
      torn.resize(1 << 16, '\0');
      std::ofstream(at + "/undo.list", std::ios::trunc) << torn;
      UndoList list = UndoList::open(at);
      const auto whole = static_cast<std::size_t>(std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= cut; })) - 1;
      ASSERT_EQ(list.effects().size(), whole) << cut;
      list.begin(effect(9));
      ASSERT_EQ(UndoList::open(at).effects().size(), whole + 1) << cut;
      ASSERT_EQ(UndoList::open(at).effects().back().effect.number, 9) << cut;
    }
  }
}

TEST(UndoList, SeveralProcessesAppend) {
  const scratch::Folder folder;
  const std::string at = folder.file("x");
  UndoList list = UndoList::make(at, head());
  constexpr int writers = 4, each = 20;
  std::vector<pid_t> pids;
  for (int w = 0; w < writers; ++w)
    pids.push_back(fork_apart({}, 0, [&] {
      UndoList own = UndoList::open(at);
      for (int i = 0; i < each; ++i) own.begin(effect(w * each + i));
    }));
  for (const pid_t pid : pids) EXPECT_EQ(end_process(pid, 20), 0);
  list.refresh();
  std::vector<int> numbers;
  for (const ListedEffect& one : list.effects()) numbers.push_back(one.effect.number);
  std::sort(numbers.begin(), numbers.end());
  ASSERT_EQ(numbers.size(), static_cast<std::size_t>(writers * each));
  for (int i = 0; i < writers * each; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)], i);
}

TEST(UndoList, WithoutRoomNothingBegins) {
  const scratch::Folder folder;
  const pid_t child = fork_apart({}, 0, [&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit small{100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &small);
    try {
      UndoList::make(folder.file("x"), head());
    } catch (const Refused& refused) {
      _exit(std::string(refused.what()).find("no room") == std::string::npos ? 2 : 42);
    }
  });
  EXPECT_EQ(WEXITSTATUS(end_process(child, 10)), 42);
  EXPECT_FALSE(std::filesystem::exists(folder.file("x/undo.list")));
}

TEST(UndoList, AFullOneTakesNoEffectButStillTakesWordsAboutThoseItHas) {
  const scratch::Folder folder;
  UndoList list = UndoList::make(folder.file("x"), head());
  ListedEffect big = effect(0);
  big.effect.settings = std::string(100'000, 'x');
  int taken = 0;
  try {
    for (; taken < 1000; ++taken) {
      big.effect.number = taken;
      list.begin(big);
    }
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("full"));
  }
  EXPECT_GT(taken, 10);
  EXPECT_LT(taken, 1000);
  for (int i = 0; i < taken; ++i) {
    list.set_state(i, EffectState::in_effect);
    list.set_state(i, EffectState::undone);
  }
  const UndoList read = UndoList::open(folder.file("x"));
  for (const ListedEffect& one : read.effects()) EXPECT_EQ(one.state, EffectState::undone);
}

TEST(UndoList, AnEffectEndsByItsOwnTimeOrByTheLimitOfTheFirst) {
  const scratch::Folder folder;
  UndoList list = UndoList::make(folder.file("x"), head());  // limit 60 s
  list.begin(effect(10));
  list.begin(effect(20, 5));
  list.begin(effect(30, 500));
  EXPECT_EQ(list.deadline(list.effects()[0]), 70'000'000'000);
  EXPECT_EQ(list.deadline(list.effects()[1]), 25'000'000'000);
  EXPECT_EQ(list.deadline(list.effects()[2]), 70'000'000'000);
}

TEST(EffectLock, IsOneProcessesAtATimeAndEndsWithIt) {
  const scratch::Folder folder;
  const UndoList list = UndoList::make(folder.file("x"), head());
  const pid_t holder = fork_apart({}, SIGKILL, [&] {
    const EffectLock lock(folder.file("x"), 1, 1);
    std::ofstream(folder.file("held")) << "x";
    sleep(60);
  });
  for (int i = 0; i < 200 && !std::filesystem::exists(folder.file("held")); ++i) usleep(10'000);
  EXPECT_THROW(EffectLock(folder.file("x"), 1, 0.1), std::runtime_error);
  const EffectLock other(folder.file("x"), 2, 0.1);
  kill(holder, SIGKILL);
  const EffectLock mine(folder.file("x"), 1, 5);
  end_process(holder, 1);
}

}  // namespace
}  // namespace muster
