#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>

#include "exercise/ledger.h"
#include "tests/exercise/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"  // designated: what is not named has its default

/// The ledger where things go wrong below it: processes killed, disks full, folders read-only.
namespace muster {
namespace {

Happening note(std::int64_t at, const std::string& what = "x") { return {{at, at}, Noted{.kind = "test", .what = what}}; }

constexpr std::int64_t batch = 7;

// Appends batches until it is killed; tells each batch's number once append() said that it is durable.
[[noreturn]] void append_for_ever(const std::string& file, int acknowledgements) {
  try {
    Ledger ledger(file);
    for (std::int64_t number = 0;; ++number) {
      std::vector<Happening> some;
      for (std::int64_t i = 0; i < batch; ++i) some.push_back(note(number * batch + i, std::string(300, 'x')));
      ledger.append("a", some);
      if (::write(acknowledgements, &number, sizeof number) != sizeof number) ::_exit(1);
    }
  } catch (const std::exception&) {
    ::_exit(2);
  }
}

std::int64_t killed_after(const std::string& file, std::chrono::microseconds delay) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) append_for_ever(file, ends[1]);
  ::close(ends[1]);
  std::int64_t number = -1, last = -1;
  if (::read(ends[0], &number, sizeof number) == sizeof number) last = number;  // it has begun
  ::usleep(static_cast<useconds_t>(delay.count()));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended before it was killed: " << status;
  while (::read(ends[0], &number, sizeof number) == sizeof number) last = number;
  ::close(ends[0]);
  return last;
}

// What append() returned from is there; what it did not is there as a whole or not at all.
TEST(LedgerCrash, KillLosesNothingThatWasDurableAndTearsNothing) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 12; ++round) {
    const scratch::Folder folder;
    const std::string file = folder.file("ledger");
    const std::int64_t acknowledged = killed_after(file, std::chrono::microseconds(random() % 40'000));
    Ledger ledger(file);
    EXPECT_EQ(ledger.check_chain(), "");
    const auto rows = static_cast<std::int64_t>(ledger.happenings("a").size());
    EXPECT_EQ(rows % batch, 0);
    EXPECT_GE(rows / batch, acknowledged + 1);
    EXPECT_LE(rows / batch, acknowledged + 2) << "at most the batch that was under way";
    ledger.append("a", {note(1)});
    EXPECT_EQ(ledger.check_chain(), "");
  }
}

/// Runs in a child with a mount namespace of its own, in which `folder` is a file system of so many bytes. The answer is what it
/// returns; "" means all is well. Nothing where that cannot be had here.
std::optional<std::string> with_small_disk(const std::string& folder, long bytes, const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    std::string answer = "unavailable";
    const std::string options = "mode=0700,size=" + std::to_string(bytes);
    if (::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        ::mount("muster-test", folder.c_str(), "tmpfs", 0, options.c_str()) == 0) {
      try {
        answer = work();
      } catch (const std::exception& error) {
        answer = error.what();
      }
    }
    (void)!::write(ends[1], answer.data(), answer.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string answer;
  char some[4096];
  for (ssize_t n; (n = ::read(ends[0], some, sizeof some)) > 0;) answer.append(some, static_cast<std::size_t>(n));
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (answer == "unavailable") return {};
  return answer;
}

bool required(const char* word) {
  const char* all = std::getenv("MUSTER_TEST_REQUIRE");
  return all && std::string(all).find(word) != std::string::npos;
}

#define EXPECT_WELL_ON_A_SMALL_DISK(answer)                                                     \
  if (!(answer)) {                                                                              \
    if (required("root")) FAIL() << "no file system can be mounted here";                       \
    GTEST_SKIP() << "mounting a file system needs root";                                        \
  }                                                                                             \
  EXPECT_EQ(*(answer), "")

// Takes what is left of a file system, and gives it back.
class Filler {
 public:
  explicit Filler(const std::string& file) : file_(file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::string bytes(4096, 'x');
    while (::write(descriptor, bytes.data(), bytes.size()) > 0) {
    }
    ::close(descriptor);
  }
  ~Filler() { ::unlink(file_.c_str()); }
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;

 private:
  std::string file_;
};

TEST(LedgerCrash, AFullDiskIsToldAndDamagesNothing) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  const auto answer = with_small_disk(folder.path(), 1 << 20, [&]() -> std::string {
    Ledger ledger(file);
    ledger.append("a", {note(0)});
    std::int64_t written = 1;
    {
      const Filler filler(folder.file("filler"));
      try {
        for (; written < 10'000; ++written) ledger.append("a", {note(written, std::string(3000, 'y'))});
        return "a full disk was not noticed";
      } catch (const LedgerTrouble& trouble) {
        if (std::string(trouble.what()).find("make room") == std::string::npos) return trouble.what();
      }
      if (const auto rows = ledger.happenings("a").size(); rows != static_cast<std::size_t>(written))
        return "full: " + std::to_string(rows) + " rows";
    }
    ledger.append("a", {note(written)});
    if (ledger.happenings("a").size() != static_cast<std::size_t>(written) + 1) return "rows are missing";
    return ledger.check_chain();
  });
  EXPECT_WELL_ON_A_SMALL_DISK(answer);
}

TEST(LedgerCrash, TheWriterOutlastsAFullDisk) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  const auto answer = with_small_disk(folder.path(), 1 << 20, [&]() -> std::string {
    Ledger(file).append("a", {note(0)});
    constexpr int rows = 30;
    LedgerWriter writer(file, "a");
    {
      const Filler filler(folder.file("filler"));
      for (int i = 1; i <= rows; ++i) writer.add(note(i, std::string(8000, 'y')));
      if (writer.flush(1.5)) return "it wrote to a full disk";
      if (writer.trouble().empty()) return "it says nothing of its trouble";
    }
    if (!writer.flush(10)) return "not written after there was room: " + writer.trouble();
    const std::vector<Happening> all = Ledger(file).happenings("a");
    if (all.size() != rows + 1) return std::to_string(all.size()) + " rows";
    for (int i = 0; i <= rows; ++i)
      if (all[static_cast<std::size_t>(i)].at.boot != i) return "out of order";
    return Ledger(file).check_chain();
  });
  EXPECT_WELL_ON_A_SMALL_DISK(answer);
}

TEST(LedgerCrash, WhatCannotBeWrittenToTheEndIsHandedBack) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  const auto answer = with_small_disk(folder.path(), 1 << 20, [&]() -> std::string {
    Ledger(file).append("a", {note(0)});
    const Filler filler(folder.file("filler"));
    LedgerWriter writer(file, "a");
    for (int i = 1; i <= 30; ++i) writer.add(note(i, std::string(8000, 'y')));
    const auto began = std::chrono::steady_clock::now();
    writer.close();
    if (std::chrono::steady_clock::now() - began > std::chrono::seconds(7)) return "it waited for too long";
    const std::vector<Happening> left = writer.unwritten();
    if (left.empty() || left.back().at.boot != 30) return "what was not written is gone";
    return Ledger(file, true).check_chain();
  });
  EXPECT_WELL_ON_A_SMALL_DISK(answer);
}

TEST(LedgerCrash, AReadOnlyFolderCanBeReadAndIsNotWritten) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  const auto answer = with_small_disk(folder.path(), 1 << 20, [&]() -> std::string {
    Ledger(file).append("a", {note(0), note(1)});
    if (::mount(nullptr, folder.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return std::strerror(errno);
    if (Ledger(file, true).happenings("a").size() != 2) return "it cannot be read";
    try {
      Ledger(file).append("a", {note(2)});
      return "it was written";
    } catch (const LedgerTrouble& trouble) {
      return std::string(trouble.what()).find("writable") != std::string::npos ? "" : trouble.what();
    }
  });
  EXPECT_WELL_ON_A_SMALL_DISK(answer);
}

}  // namespace
}  // namespace muster
