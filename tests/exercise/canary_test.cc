#include "exercise/canary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "tests/exercise/database.h"
#include "exercise/clock.h"
#include "exercise/probing.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"

namespace muster {
namespace {
using scratch::Database;
using scratch::Server;
using testing::HasSubstr;

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

std::string reason(const std::function<void()>& what) {
  try {
    what();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

std::set<std::uint64_t> numbers(const std::string& lines) {
  std::istringstream in(lines);
  return {std::istream_iterator<std::uint64_t>(in), {}};
}

#define NEED_DATABASE() NEED("lab", Database::missing())

Canary postgres(const Database& database, double every = 0.02) {
  Canary out;
  out.writes = out.reads = database.dsn();
  out.every = every;
  return out;
}

/// The oracles: the schedule's arithmetic for how many, psql for what is there.
TEST(CanaryWriter, WritesFiftyASecondAndKnowsWhichSurvived) {
  NEED_DATABASE()
  const Database database;
  scratch::Folder folder;
  CanaryWriter writer(postgres(database), "", "one", folder.path().string(), 10);
  const Moment begin = system_clock().now();
  sleep_for(3);
  writer.stop();
  const double lasted = system_clock().now().since(begin);
  const auto writes = read_canary_log(folder.file("canary.log"));
  EXPECT_GE(writes.size(), 140u);
  EXPECT_LE(writes.size(), lasted / 0.02 + 60);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    EXPECT_EQ(writes[i].number, i + 1);
    ASSERT_TRUE(writes[i].acknowledged) << i;
    EXPECT_GT(writes[i].acknowledged->boot, writes[i].sent.boot);
  }
  const auto survivors = read_survivors(postgres(database), "", "one");
  EXPECT_EQ(survivors, numbers(database.ask("select number from muster_canary where exercise = 'one'")));
  EXPECT_EQ(survivors.size(), writes.size());
  const auto found = measure_loss(writes, survivors, system_clock().now(), 0.02);
  EXPECT_EQ(found.lost, 0u);
  EXPECT_LT(found.lateness_max, 0.5);
  struct stat file {};
  stat(folder.file("canary.log").c_str(), &file);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

/// A commit that takes 0.2 s allows five a second one after the other; the server is made to take that long, by itself.
TEST(CanaryWriter, KeepsItsRateWhereCommitsAreSlow) {
  NEED_DATABASE()
  const Database database("commit_delay = 100000\ncommit_siblings = 0\n");
  database.ask("create table slow (exercise text, number bigint, primary key (exercise, number))");
  database.ask("create function wait() returns trigger language plpgsql as 'begin perform pg_sleep(0.2); return null; end'");
  database.ask("create constraint trigger at_commit after insert on slow deferrable initially deferred for each row when (new.number % 10 = 1) execute function wait()");
  Canary canary = postgres(database);
  canary.table = "slow";
  scratch::Folder folder;
  CanaryWriter writer(canary, "", "slow", folder.path().string(), 10);
  sleep_for(3);
  writer.stop();
  const auto writes = read_canary_log(folder.file("canary.log"));
  EXPECT_GE(writes.size(), 140u);
  double slowest = 0;
  for (const auto& write : writes) {
    ASSERT_TRUE(write.acknowledged);
    slowest = std::max(slowest, write.acknowledged->since(write.sent));
  }
  EXPECT_GE(slowest, 0.2);
  EXPECT_EQ(numbers(database.ask("select number from slow")).size(), writes.size());
}

/// PostgreSQL says "committed" before the write is on disk when told so; its writer of logs is stopped, then all of it is killed. What
/// is gone afterwards is counted by psql against the log's lines, read here anew.
TEST(CanaryWriter, FindsWhatAKilledDatabaseLost) {
  NEED_DATABASE()
  Database database("synchronous_commit = off\nwal_writer_delay = 10s\nautovacuum = off\n");
  scratch::Folder folder;
  CanaryWriter writer(postgres(database), "", "lossy", folder.path().string(), 10);
  sleep_for(1.5);
  database.ask("select pg_switch_wal()");
  sleep_for(0.5);
  database.signal(SIGSTOP, "walwriter");
  sleep_for(1);
  const Moment t0 = system_clock().now();
  database.kill_all();
  database.start();
  const auto rows = [&] { return numbers(database.ask("select number from muster_canary where exercise = 'lossy'")); };
  const auto before = rows();
  EXPECT_TRUE(scratch::eventually(10, [&] { return rows().size() > before.size() + 20; })) << "it writes again by itself";
  writer.stop();

  const auto writes = read_canary_log(folder.file("canary.log"));
  const auto survivors = read_survivors(postgres(database), "", "lossy");
  const auto there = rows();
  EXPECT_EQ(survivors, there);
  const CanaryRead found = measure_loss(writes, survivors, t0, 0.02);

  std::ifstream log(folder.file("canary.log"));
  std::map<std::uint64_t, std::int64_t> acknowledged;
  std::uint64_t lost = 0, sent = 0;
  std::int64_t newest_safe = 0;
  bool hole = false;
  char kind = ' ';
  for (std::uint64_t number = 0, boot = 0, wall = 0; log >> kind >> number >> boot >> wall;) {
    if (kind == 'a') acknowledged[number] = static_cast<std::int64_t>(boot);
    sent += kind == 's';
  }
  for (const auto& [number, boot] : acknowledged) {
    if (there.count(number) == 0) {
      hole = true;
      lost += boot <= t0.boot;
    } else if (!hole) {
      newest_safe = boot;
    }
  }
  EXPECT_GT(lost, 5u) << "the database lost nothing: the test tests nothing";
  EXPECT_EQ(found.lost, lost);
  EXPECT_EQ(found.in_doubt, sent - acknowledged.size());
  ASSERT_TRUE(found.rpa) << found.why_not;
  EXPECT_NEAR(*found.rpa, static_cast<double>(t0.boot - newest_safe) / 1e9, 1e-9);
  EXPECT_GT(*found.rpa, static_cast<double>(lost) * 0.02 * 0.8);
  EXPECT_GT(found.acknowledged_after_t0, 0u);
}

/// The server is silent because another session holds the table; nothing is lost by that.
TEST(CanaryWriter, TakesASilentConnectionForLostAndConnectsAnew) {
  NEED_DATABASE()
  const Database database;
  scratch::Folder folder;
  CanaryWriter writer(postgres(database), "", "silent", folder.path().string(), 10);
  sleep_for(0.5);
  const Server hold(database.psql("begin; lock table muster_canary; select pg_sleep(7); commit"));
  sleep_for(0.5);
  const Moment stopped = system_clock().now();
  const auto written_after = [&] {
    for (const auto& write : read_canary_log(folder.file("canary.log")))
      if (write.acknowledged && write.acknowledged->boot > stopped.boot + 100'000'000) return true;
    return false;
  };
  EXPECT_TRUE(scratch::eventually(12, written_after));
  sleep_for(0.5);
  writer.stop();
  std::uint64_t in_doubt = 0;
  for (const auto& write : read_canary_log(folder.file("canary.log"))) in_doubt += !write.acknowledged;
  EXPECT_GT(in_doubt, 100u) << "five seconds of writes without an answer";
  const auto survivors = read_survivors(postgres(database), "", "silent");
  EXPECT_EQ(measure_loss(read_canary_log(folder.file("canary.log")), survivors, system_clock().now(), 0.02).lost, 0u);
}

TEST(CanaryWriter, RefusesToBeginWhereNothingIsAcknowledged) {
  scratch::Folder folder;
  Canary canary;
  canary.writes = canary.reads = "host=127.0.0.1 port=" + std::to_string(scratch::free_port()) + " password=geheim";
  canary.every = 0.02;
  const Moment begin = system_clock().now();
  const std::string why = reason([&] { CanaryWriter(canary, "", "x", folder.path().string(), 0.5); });
  EXPECT_THAT(why, HasSubstr("first write was not acknowledged"));
  EXPECT_THAT(why, HasSubstr("refused"));
  EXPECT_EQ(why.find("geheim"), std::string::npos);
  EXPECT_LT(system_clock().now().since(begin), 3);
  canary.writes = "host=127.0.0.1 nonsense password=geheim";
  const std::string bad = reason([&] { CanaryWriter(canary, "", "x", folder.path().string(), 0.5); });
  EXPECT_NE(bad, "");
  EXPECT_EQ(bad.find("geheim"), std::string::npos);
}

TEST(CanaryWriter, DiesWithItsOwnerAndLeavesAWholeLog) {
  NEED_DATABASE()
  const Database database;
  scratch::Folder folder;
  const pid_t owner = fork();
  if (owner == 0) {
    CanaryWriter writer(postgres(database), "", "orphan", folder.path().string(), 10);
    std::ofstream out(folder.file("pids"));
    for (const int pid : writer.pids()) out << pid << " ";
    out << std::endl;
    sleep_for(60);
    _exit(0);
  }
  std::vector<pid_t> pids;
  EXPECT_TRUE(scratch::eventually(15, [&] {
    std::ifstream in(folder.file("pids"));
    pids = {std::istream_iterator<pid_t>(in), {}};
    return pids.size() == 2;
  }));
  sleep_for(0.3);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  for (const pid_t pid : pids) EXPECT_TRUE(scratch::eventually(3, [&] { return !scratch::lives(pid); }));
  const auto writes = read_canary_log(folder.file("canary.log"));
  const auto survivors = numbers(database.ask("select number from muster_canary where exercise = 'orphan'"));
  EXPECT_GT(writes.size(), 5u);
  for (const auto& write : writes)
    if (write.acknowledged) {
      EXPECT_EQ(survivors.count(write.number), 1u);
    }
}

TEST(CanaryLog, CountsNeitherATornLineNorWhatWasRefused) {
  scratch::Folder folder;
  std::ofstream(folder.file("canary.log")) << "s 1 10 20\ns 2 11 21\na 1 12 22\nr 2 13 23\ns 3 14 24\na 3 15 2";
  const auto writes = read_canary_log(folder.file("canary.log"));
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0].number, 1u);
  EXPECT_EQ(writes[0].sent, (Moment{10, 20}));
  EXPECT_EQ(writes[0].acknowledged, (Moment{12, 22}));
  EXPECT_EQ(writes[1].number, 3u);
  EXPECT_FALSE(writes[1].acknowledged);
  EXPECT_NE(reason([&] { read_canary_log(folder.file("none")); }), "");
}

TEST(CanaryByWeb, CountsAsAcknowledgedWhatTheServerTook) {
  Server server({"/usr/bin/python3", MUSTER_SOURCE "/tests/exercise/web_server.py"});
  const std::string root = "http://127.0.0.1:" + server.line();
  Canary canary;
  canary.kind = Canary::Kind::http;
  canary.writes = root + "/write/{exercise}/{seq}";
  canary.reads = root + "/numbers/{exercise}";
  canary.every = 0.05;
  scratch::Folder folder;
  CanaryWriter writer(canary, "", "web", folder.path().string(), 10);
  sleep_for(1.5);
  writer.stop();
  const auto writes = read_canary_log(folder.file("canary.log"));
  ASSERT_GE(writes.size(), 20u);
  for (const auto& write : writes) EXPECT_EQ(write.acknowledged.has_value(), write.number != 7 && write.number != 8) << write.number;
  const auto survivors = read_survivors(canary, "", "web");
  EXPECT_EQ(measure_loss(writes, survivors, system_clock().now(), 0.05).lost_numbers, (std::vector<Stretch>{{12, 12}}));
  canary.reads = root + "/number/{exercise}/{seq}";
  EXPECT_EQ(read_survivors(canary, "", "web", writes.back().number), survivors);
  server.kill();
  EXPECT_NE(reason([&] { read_survivors(canary, "", "web", 3); }), "");
}

TEST(CanaryByCommand, WritesAndReadsByPrograms) {
  scratch::Folder folder;
  Canary canary;
  canary.kind = Canary::Kind::command;
  canary.write = {"/bin/sh", "-c", "test $MUSTER_SEQ != 3 && echo $MUSTER_SEQ >> kept-$MUSTER_EXERCISE"};
  canary.read = {"/bin/sh", "-c", "echo reading >&2; cat kept-{exercise}"};
  canary.every = 0.1;
  const std::string here = folder.path().string();
  CanaryWriter writer(canary, "", "cmd", here, 10, here);
  sleep_for(1);
  writer.stop();
  const auto writes = read_canary_log(folder.file("canary.log"));
  ASSERT_GE(writes.size(), 8u);
  std::set<std::uint64_t> expected;
  for (const auto& write : writes) {
    EXPECT_EQ(write.acknowledged.has_value(), write.number != 3);
    if (write.acknowledged) expected.insert(write.number);
  }
  EXPECT_EQ(read_survivors(canary, "", "cmd", 0, here), expected);
  canary.read = {"/bin/sh", "-c", "echo no database >&2; exit 1"};
  EXPECT_THAT(reason([&] { read_survivors(canary, "", "cmd", 0, here); }), HasSubstr("no database"));
}

class LookAtPostgres : public testing::Test {
 protected:
  static Sample look_at(const std::string& dsn, const std::string& query, const std::string& op = "==", const std::string& value = "",
                        double timeout = 5) {
    Probe probe;
    probe.check = PostgresProbe{dsn, query, value, op};
    probe.timeout = timeout;
    return look(probe);
  }
};

TEST_F(LookAtPostgres, AsksAndCompares) {
  NEED_DATABASE()
  const Database database;
  const struct {
    std::string query, op, value;
    Sample::Verdict verdict;
  } cases[] = {{"select 1", "==", "", Sample::Verdict::passing},
               {"select 12", ">", "9", Sample::Verdict::passing},
               {"select 12", "<", "9", Sample::Verdict::failing},
               {"select 1.50", "==", "1.5", Sample::Verdict::passing},
               {"select pg_is_in_recovery()", "==", "f", Sample::Verdict::passing},
               {"select pg_is_in_recovery()", "==", "t", Sample::Verdict::failing},
               {"select 'streaming'", "~", "^stream", Sample::Verdict::passing},
               {"select 1 where false", "==", "", Sample::Verdict::failing},
               {"select null", "!=", "1", Sample::Verdict::failing},
               {"selec 1", "==", "", Sample::Verdict::unknown},
               {"select 1/0", "==", "", Sample::Verdict::failing}};
  for (const auto& one : cases) {
    const Sample sample = look_at(database.dsn(), one.query, one.op, one.value);
    EXPECT_EQ(sample.verdict, one.verdict) << one.query << " " << one.op << " " << one.value << ": " << sample.what;
  }
  EXPECT_EQ(look_at(database.dsn(), "select pg_sleep(5)", "==", "", 0.3).verdict, Sample::Verdict::failing);
  EXPECT_EQ(look_at(database.dsn("dbname=nothing"), "select 1").verdict, Sample::Verdict::failing);
  database.kill_all();
  EXPECT_THAT(look_at(database.dsn(), "select 1").what, HasSubstr("refused"));
  EXPECT_EQ(look_at("host=x nonsense", "select 1").verdict, Sample::Verdict::unknown);
}

}  // namespace
}  // namespace muster
