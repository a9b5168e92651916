#include "exercise/ledger.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "exercise/ledger_schema.h"
#include "tests/exercise/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"  // designated: what is not named has its default

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Happening note(std::int64_t at, const std::string& what) { return {{at, at + 1000}, Noted{.kind = "test", .what = what}}; }
Happening began(const std::string& title) {
  return {{1, 2}, RunBegan{.title = title, .environment = "staging", .outage = "fire", .objective_rto = 30.0}};
}

/// SQLite itself, past the ledger: what a person with an editor could do.
class Raw {
 public:
  explicit Raw(const std::string& file) { sqlite3_open(file.c_str(), &database_); }
  ~Raw() { sqlite3_close(database_); }
  std::string operator()(const std::string& sql) {
    char* error = nullptr;
    std::string out;
    const auto first = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) = values[0] ? values[0] : "";
      return 0;
    };
    sqlite3_exec(database_, sql.c_str(), first, &out, &error);
    if (error) out = error;
    sqlite3_free(error);
    return out;
  }
  sqlite3* get() { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

std::string why_not(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const LedgerTrouble& trouble) {
    return trouble.what();
  }
  return "";
}

TEST(Ledger, GivesBackWhatWasAppendedInOrder) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  const std::vector<Happening> a{began("one"), note(5, "naïve \xff bytes"), note(4, "an earlier instant, told later")};
  {
    Ledger ledger(file);
    ledger.append("a", {a[0], a[1]});
    ledger.append("b", {began("two")});
    ledger.append("a", {a[2]});
    ledger.append("a", {});
  }
  const Ledger ledger(file, true);
  EXPECT_EQ(ledger.happenings("a"), a);
  EXPECT_EQ(ledger.happenings("b").size(), 1u);
  EXPECT_TRUE(ledger.happenings("c").empty());
  EXPECT_EQ(ledger.check_chain(), "");
}

TEST(Ledger, IsAFileForItsOwnerInWriteAheadMode) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  Ledger(file).append("a", {note(1, "x")});
  struct stat there {};
  ASSERT_EQ(::stat(file.c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 07777, 0600u);
  EXPECT_EQ(Raw(file)("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(Raw(file)("PRAGMA user_version"), std::to_string(ledger_migrations().size()));
}

TEST(Ledger, TellsOfEachExerciseHowItWent) {
  const scratch::Folder folder;
  Ledger ledger(folder.file("ledger"));
  ledger.append("2026-a", {began("one")});
  ledger.append("2026-b", {began("two")});
  ledger.append("2026-a", {{{5, 6}, RecoveryMeasured{.rta = 12.5, .seen_down = true}},
                           {{6, 7}, CanaryRead{.when = "after recovery", .lost = 99, .rpa = 2.0}},
                           {{7, 8}, CanaryRead{.when = "after afterwards", .lost = 98, .rpa = 1.9}},
                           {{9, 9}, RunEnded{.ending = Ending::died}},
                           {{9, 10}, RunEnded{.ending = Ending::died, .restored = true}}});
  const std::vector<ExerciseLine> lines = ledger.exercises();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].title, "one");
  EXPECT_EQ(lines[0].outage, "fire");
  EXPECT_EQ(lines[0].began, (Moment{1, 2}));
  EXPECT_EQ(lines[0].recovery->rta, 12.5);
  EXPECT_EQ(lines[0].canary->lost, 99u) << "the worse of two readings";
  EXPECT_EQ(lines[0].objective_rto, 30.0);
  EXPECT_TRUE(lines[0].end->restored);
  EXPECT_EQ(lines[1].id, "2026-b");
  EXPECT_FALSE(lines[1].end);
}

TEST(Ledger, KeepsIncidentsAndTheirCorrections) {
  const scratch::Folder folder;
  Ledger ledger(folder.file("ledger"));
  Incident first{.title = "fire", .outage = "fire", .started = 1'000'000'000, .steps = {{"detect", 60, false, 0}}, .by = "ann", .recorded = 8'000'000'000};
  EXPECT_EQ(ledger.add_incident(first), 1);
  Incident second = first;
  second.ended = 5'000'000'000;
  second.replaces = 1;
  EXPECT_EQ(ledger.add_incident(second), 2);
  EXPECT_THAT(why_not([&] { ledger.add_incident(second); }), HasSubstr("incident 1 was replaced already"));
  second.replaces = 7;
  EXPECT_THAT(why_not([&] { ledger.add_incident(second); }), HasSubstr("there is no incident 7; they go up to 2"));
  const std::vector<Incident> all = Ledger(folder.file("ledger"), true).incidents();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].replaced);
  EXPECT_FALSE(all[0].ended);
  EXPECT_EQ(all[1].ended, 5'000'000'000);
  EXPECT_EQ(all[1].steps, first.steps);
  const std::vector<Observation> observed = ledger.observations();
  ASSERT_EQ(observed.size(), 2u) << "nothing comes of the one that was replaced";
  EXPECT_EQ(observed[0], (Observation{Observation::Of::outage, "fire", 4, false, 5'000'000'000, "incident 2", "", ""}));
  EXPECT_EQ(ledger.check_chain(), "");
}

TEST(Ledger, CountsWhatIsImportedTwiceOnce) {
  const scratch::Folder folder;
  Ledger ledger(folder.file("ledger"));
  std::vector<ImportedObservation> some;
  for (int i = 0; i < 2500; ++i)
    some.push_back({{Observation::Of::outage, "fire", i + 0.25, i % 7 == 0, i * 1'000'000'000LL, "a.csv row " + std::to_string(i), "Shop", ""}, std::to_string(i % 2400)});
  EXPECT_EQ(ledger.add_observations(some, "ann", {1, 2}), 2400u);
  EXPECT_EQ(ledger.add_observations(some, "ann", {1, 2}), 0u);
  const std::vector<Observation> back = ledger.imported_observations();
  ASSERT_EQ(back.size(), 2400u);
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i], some[i].what);
  EXPECT_EQ(ledger.check_chain(), "");
}

TEST(Ledger, ObservesItsExercises) {
  const scratch::Folder folder;
  Ledger ledger(folder.file("ledger"));
  ledger.append("a", {began("one"), {{10, 10}, StepChanged{.step = "swap", .change = StepChange::began, .how = "until"}},
                      {{3'000'000'010, 20}, StepChanged{.step = "swap", .change = StepChange::succeeded, .how = "until"}}});
  const std::vector<Observation> all = ledger.observations();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].seconds, 3);
  EXPECT_EQ(all[0].source, "exercise a");
}

TEST(Ledger, FindsAnExerciseByTheBeginningOfItsId) {
  const scratch::Folder folder;
  Ledger ledger(folder.file("ledger"));
  EXPECT_THAT(why_not([&] { ledger.full_id("last"); }), HasSubstr("no exercise yet"));
  for (const char* id : {"2026-11-23-abcd", "2026-11-24-bcde", "2026-11-24-bcdf", "2026-11-24-bcd"}) ledger.append(id, {began("x")});
  EXPECT_EQ(ledger.full_id("last"), "2026-11-24-bcd");
  EXPECT_EQ(ledger.full_id("2026-11-23"), "2026-11-23-abcd");
  EXPECT_EQ(ledger.full_id("2026-11-24-bcd"), "2026-11-24-bcd") << "a whole one, though others begin so";
  EXPECT_THAT(why_not([&] { ledger.full_id("2026"); }), HasSubstr("2026-11-24-bcde, 2026-11-24-bcdf and 2026-11-24-bcd"));
  EXPECT_THAT(why_not([&] { ledger.full_id("2026-11-23-abce"); }), HasSubstr("did you mean '2026-11-23-abcd'?"));
  EXPECT_THAT(why_not([&] { ledger.full_id(""); }), HasSubstr("no exercise ''"));
}

TEST(Ledger, ActionsAreOpenUntilTheyAreClosed) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  {
    Ledger ledger(file);
    ledger.append("a", {began("one")});
    const Action fence{.exercise = "a", .text = "Fence \"east\" — first", .owner = "one", .due = "2026-12-01", .opened = "2026-11-23"};
    EXPECT_EQ(ledger.add_action(fence), 1);
    EXPECT_EQ(ledger.add_action({.exercise = "", .text = "Buy cake", .opened = "2026-11-23"}), 2);
    ledger.close_action(2, "two", "eaten", "2026-11-24");
    EXPECT_THAT(why_not([&] { ledger.close_action(2, "", "", ""); }), HasSubstr("closed on 2026-11-24 already, by two"));
    EXPECT_THAT(why_not([&] { ledger.close_action(3, "", "", ""); }), HasSubstr("no action 3; they go up to 2"));
    EXPECT_THAT(why_not([&] { ledger.close_action(0, "", "", ""); }), HasSubstr("no action 0"));
  }
  const Ledger ledger(file);
  const std::vector<Action> open = ledger.actions(false), all = ledger.actions(true);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].text, "Fence \"east\" — first");
  EXPECT_EQ(open[0].due, "2026-12-01");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].closed, "2026-11-24");
  EXPECT_EQ(all[1].note, "eaten");
  EXPECT_EQ(ledger.happenings("a").size(), 1u) << "actions are no happenings";
  EXPECT_EQ(ledger.check_chain(), "") << "but rows of the chain";
}

// ---- the chain

struct Damaged : testing::Test {
  Damaged() {
    Ledger ledger(file);
    for (int i = 1; i <= 5; ++i) ledger.append("a", {note(i, "number " + std::to_string(i))});
    Raw raw(file);
    raw("DROP TRIGGER rows_are_never_changed");
    raw("DROP TRIGGER rows_are_never_removed");
  }
  std::string after(const std::string& sql) {
    EXPECT_EQ(Raw(file)(sql), "");
    return Ledger(file, true).check_chain();
  }
  scratch::Folder folder;
  std::string file = folder.file("ledger");
};

TEST_F(Damaged, AChangedByteIsFound) {
  EXPECT_EQ(after("UPDATE rows SET body = body WHERE number = 3"), "");
  EXPECT_THAT(after("UPDATE rows SET body = replace(body, 'number 3', 'number 8') WHERE number = 3"), HasSubstr("row 3"));
}
TEST_F(Damaged, ARowMovedToAnotherExerciseIsFound) {
  EXPECT_THAT(after("UPDATE rows SET exercise = 'b' WHERE number = 4"), HasSubstr("row 4"));
}
TEST_F(Damaged, AMissingRowIsFound) { EXPECT_THAT(after("DELETE FROM rows WHERE number = 2"), HasSubstr("row 2 is missing")); }
TEST_F(Damaged, ARowChangedWithItsHashMadeAnewIsFoundByTheNext) {
  const std::string one = Raw(file)("SELECT hash FROM rows WHERE number = 1");
  const std::string body = to_json_line(note(2, "never was"));
  EXPECT_THAT(after("UPDATE rows SET body = '" + body + "', hash = '" + row_hash(one, 2, "note", "a", body) + "' WHERE number = 2"),
              HasSubstr("row 3"));
}
TEST_F(Damaged, RowsThatEndedEarlierAreSeenByTheHeadAlone) {
  const std::string head = Ledger(file, true).head();
  EXPECT_EQ(after("DELETE FROM rows WHERE number = 5"), "");
  EXPECT_NE(Ledger(file, true).head(), head);
}

TEST(Ledger, RowsCanNeitherBeChangedNorRemovedByChance) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  Ledger(file).append("a", {note(1, "x")});
  EXPECT_THAT(Raw(file)("UPDATE rows SET body = ''"), HasSubstr("never changed"));
  EXPECT_THAT(Raw(file)("DELETE FROM rows"), HasSubstr("never removed"));
}

// The oracle is another program's SHA-256 (Python's) of the text that the format's document says is hashed.
TEST(Ledger, HashesAreThoseOfTheFormatsDocument) {
  EXPECT_EQ(row_hash("", 1, "note", "a", "{}"), "02a83f2af64897f70ba83070bbbb99d43d211acdeda6ce4c4241586912512190");
  EXPECT_NE(row_hash("", 1, "note", "ab", "c"), row_hash("", 1, "note", "a", "bc"));
}

TEST(Ledger, ARowThatNobodyUnderstandsIsNamed) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  Ledger(file).append("a", {note(1, "x")});
  Raw{file}("INSERT INTO rows VALUES (2, 'note', 'a', '{\"happened\": \"party\"}', 'h')");
  EXPECT_THAT(why_not([&] { Ledger(file).happenings("a"); }), HasSubstr("row 2"));
  EXPECT_THAT(Ledger(file).check_chain(), HasSubstr("row 2"));
}

// ---- versions

TEST(Ledger, AnEmptyFileBecomesALedger) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  std::ofstream(file).close();
  Ledger(file).append("a", {note(1, "x")});
  EXPECT_EQ(Ledger(file).happenings("a").size(), 1u);
}

TEST(Ledger, AnOlderFileIsBroughtToTheLastVersionWithAllItsRows) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  Ledger(file).append("a", {note(1, "x"), note(2, "y")});
  const std::vector<const char*> next{ledger_migrations()[0], "ALTER TABLE rows ADD COLUMN colour TEXT; CREATE TABLE more (n INTEGER)"};
  Raw raw(file);
  migrate(raw.get(), next, file);
  EXPECT_EQ(raw("PRAGMA user_version"), "2");
  EXPECT_EQ(raw("SELECT count(*) FROM rows WHERE colour IS NULL"), "2");
  migrate(raw.get(), next, file);  // nothing more to do
  EXPECT_EQ(raw("SELECT count(*) FROM more"), "0");
}

TEST(Ledger, AMigrationThatFailsChangesNothing) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  Ledger(file).append("a", {note(1, "x")});
  const std::vector<const char*> next{ledger_migrations()[0], "CREATE TABLE more (n INTEGER)", "CREATE TABLE rows (n INTEGER)"};
  {
    Raw raw(file);
    EXPECT_THAT(why_not([&] { migrate(raw.get(), next, file); }), HasSubstr("already exists"));
  }
  EXPECT_EQ(Raw(file)("PRAGMA user_version"), "1");
  EXPECT_THAT(Raw(file)("SELECT * FROM more"), HasSubstr("no such table"));
  EXPECT_EQ(Ledger(file).happenings("a").size(), 1u);
}

TEST(Ledger, ALaterVersionIsRefusedAndLeftAsItIs) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  Ledger(file).append("a", {note(1, "x")});
  Raw{file}("PRAGMA user_version = 99");
  for (const bool read_only : {false, true})
    EXPECT_THAT(why_not([&] { Ledger(file, read_only); }), HasSubstr("version 99, and this program knows versions up to 1"));
  EXPECT_EQ(Raw(file)("SELECT count(*) FROM rows"), "1");
}

TEST(Ledger, AnotherProgramsDatabaseIsRefusedAndLeftAsItIs) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  Raw{file}("CREATE TABLE recipes (name TEXT)");
  EXPECT_THAT(why_not([&] { Ledger{file}; }), HasSubstr("another program"));
  EXPECT_EQ(Raw(file)("SELECT count(*) FROM sqlite_schema"), "1");
}

TEST(Ledger, AFileThatIsNoDatabaseIsRefused) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  std::ofstream(file) << std::string(5000, 'x');
  EXPECT_THAT(why_not([&] { Ledger{file}; }), HasSubstr("not a database"));
}

TEST(Ledger, SaysWhyItCannotBeMade) {
  const scratch::Folder folder;
  EXPECT_THAT(why_not([&] { Ledger{folder.file("missing/ledger")}; }), HasSubstr("No such file"));
  EXPECT_THAT(why_not([&] { Ledger(folder.file("ledger"), true); }), HasSubstr("cannot be opened"));
  EXPECT_FALSE(std::filesystem::exists(folder.file("ledger"))) << "reading makes none";
}

// ---- several at once

TEST(Ledger, ManyWritersAndReadersShareOneFile) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  constexpr int writers = 4, rows = 25;
  std::vector<std::thread> threads;
  std::atomic<bool> done{false};
  std::atomic<int> broken{0};
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      Ledger ledger(file);  // the first of all makes it
      for (int i = 0; i < rows; ++i) ledger.append("exercise " + std::to_string(w), {note(i, "x")});
    });
  threads.emplace_back([&] {
    while (!done) {
      Ledger ledger(file);
      if (!ledger.check_chain().empty()) ++broken;
    }
  });
  for (int w = 0; w < writers; ++w) threads[static_cast<std::size_t>(w)].join();
  done = true;
  threads.back().join();
  const Ledger ledger(file, true);
  EXPECT_EQ(broken, 0);
  EXPECT_EQ(ledger.check_chain(), "");
  for (int w = 0; w < writers; ++w) {
    const std::vector<Happening> own = ledger.happenings("exercise " + std::to_string(w));
    ASSERT_EQ(own.size(), static_cast<std::size_t>(rows));
    for (int i = 0; i < rows; ++i) EXPECT_EQ(own[static_cast<std::size_t>(i)].at.boot, i);
  }
}

TEST(Ledger, AReaderSeesWhatWasThereWhenItAsked) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  Ledger writer(file);
  writer.append("a", {note(1, "x")});
  const Ledger reader(file, true);
  EXPECT_EQ(reader.happenings("a").size(), 1u);
  writer.append("a", {note(2, "y")});
  EXPECT_EQ(reader.happenings("a").size(), 2u);
}

// ---- the writer in a thread of its own

TEST(LedgerWriter, WritesWhatItIsToldInOrder) {
  const scratch::Folder folder;
  const std::string file = folder.file("ledger");
  {
    LedgerWriter writer(file, "a");
    for (int i = 0; i < 200; ++i) writer.add(note(i, "x"));
    EXPECT_TRUE(writer.flush(10));
    EXPECT_EQ(writer.trouble(), "");
    writer.add(note(200, "the destructor's"));
  }
  const std::vector<Happening> all = Ledger(file, true).happenings("a");
  ASSERT_EQ(all.size(), 201u);
  for (int i = 0; i <= 200; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].at.boot, i);
}

TEST(LedgerWriter, KeepsWhatItCannotWriteAndTriesAgain) {
  const scratch::Folder folder;
  const std::string file = folder.file("later/ledger");
  LedgerWriter writer(file, "a");
  const auto began_at = std::chrono::steady_clock::now();
  writer.add(note(1, "x"));
  EXPECT_LT(std::chrono::steady_clock::now() - began_at, std::chrono::milliseconds(100)) << "add returns at once";
  EXPECT_FALSE(writer.flush(0.3));
  EXPECT_THAT(writer.trouble(), HasSubstr("No such file"));
  EXPECT_EQ(writer.unwritten().size(), 1u);
  std::filesystem::create_directory(folder.file("later"));
  writer.add(note(2, "y"));
  EXPECT_TRUE(writer.flush(10));
  EXPECT_EQ(writer.trouble(), "");
  EXPECT_EQ(Ledger(file, true).happenings("a").size(), 2u);
}

}  // namespace
}  // namespace muster
