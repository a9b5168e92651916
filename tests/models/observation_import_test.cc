#include "models/observation_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "models/csv_reader.h"
#include "models/load.h"
#include "models/observations.h"
#include "models/time_text.h"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Read {
  std::vector<Observation> all;
  std::vector<std::string> keys;
  ImportCount count;
};
Read read(const std::string& text, const ImportMap& map) {
  std::istringstream in(text);
  Read out;
  ImportKeys keys("f.csv");
  out.count = import_observations(in, "f.csv", map, [&](const ImportedRow& row) {
    out.all.push_back(row.observation);
    out.keys.push_back(keys(row));
  });
  return out;
}
ImportMap mapped(std::map<std::string, std::string> columns) {
  ImportMap map;
  map.columns = std::move(columns);
  map.of = Observation::Of::outage;
  map.name = "fire";
  map.as_of = parse_time("2026-01-02", Zone());
  return map;
}
std::vector<std::string> told(const ImportCount& count) {
  std::vector<std::string> out;
  for (const auto& reason : count.left_out) {
    out.push_back(std::to_string(reason.rows) + " " + reason.why);
    for (const std::string& one : reason.examples) out.push_back("  " + one);
  }
  return out;
}
std::vector<double> seconds(const Read& read) {
  std::vector<double> out;
  for (const Observation& o : read.all) out.push_back(o.censored ? -o.seconds : o.seconds);
  return out;
}

TEST(ObservationImport, TakesLengthsFromStartsAndEnds) {
  const Read got = read("id,opened,closed\n1,2026-01-01 10:00,2026-01-01T11:30:00Z\n2,\"Thu, 1 Jan 2026 10:00:00 +0000\",1767261700\n3,2026-01-01 00:00,\n",
                        mapped({{"start", "opened"}, {"end", "closed"}}));
  EXPECT_THAT(seconds(got), ElementsAre(5400, 100, -86400)) << "what has no end lasted at least until as-of";
  EXPECT_EQ(got.all[0].name, "fire");
  EXPECT_EQ(got.all[0].source, "f.csv row 2");
  EXPECT_EQ(got.all[0].ended, parse_time("2026-01-01T11:30Z", Zone()));
  EXPECT_EQ(got.count.censored, 1u);
  EXPECT_THAT(told(got.count), IsEmpty());
}

TEST(ObservationImport, ReadsDatesAndTimesOfTwoColumnsInTheZoneAndFormat) {
  ImportMap map = mapped({{"start-date", "day"}, {"start-time", "from"}, {"end-date", "day"}, {"end-time", "to"}});
  map.time_format = "%m/%d/%Y %I:%M %p";
  map.zone = Zone("America/New_York");
  // The clocks go forward at two: an hour less than they show.
  EXPECT_THAT(seconds(read("day,from,to\n03/08/2026,1:30 AM,3:30 AM\n07/04/2026,9:00 AM,5:00 PM\n", map)), ElementsAre(3600, 8 * 3600));
}

TEST(ObservationImport, ReadsDurationsWithTheirUnitsOrOneForAll) {
  ImportMap map = mapped({{"duration", "took"}});
  const std::string text = "took\n90s\n1h30m\nPT2M\n0:02:03\n5\n\n-3m\nabc\n250 ms\n";
  const Read each = read(text, map);
  EXPECT_THAT(seconds(each), ElementsAre(90, 5400, 120, 123, 0.25));
  EXPECT_THAT(told(each.count), ElementsAre("2 a duration that cannot be understood", "  row 8: -3m", "  row 9: abc", "1 a duration without a unit", "  row 6: 5"));
  map.unit = 60;
  const Read minutes = read("took,x\n5,\n1.5,\n,\n-2,\nnan,\n1e999,\n0,\n", map);
  EXPECT_THAT(seconds(minutes), ElementsAre(300, 90, 0));
  EXPECT_THAT(told(minutes.count), ElementsAre("1 no duration", "  row 4", "1 a negative duration", "  row 5: -2", "1 a duration that is no number", "  row 6: nan", "1 a duration that cannot be understood",
                                                 "  row 7: 1e999"));
}

TEST(ObservationImport, KeepsRowsInWhichEveryConditionHolds) {
  ImportMap map = mapped({{"duration", "s"}});
  map.unit = 1;
  map.where = {parse_row_filter("who=aws"), parse_row_filter("year>=2019"), parse_row_filter("status != 0")};
  const Read got = read("s,who,year,status\n1,aws,2019,1\n2,gcp,2020,1\n3,aws,2018,1\n4,aws,2020,0.0\n5, aws ,2020,x\n6,aws,,1\n", map);
  EXPECT_THAT(seconds(got), ElementsAre(1, 5));
  EXPECT_THAT(told(got.count), ElementsAre("2 not year>=2019", "  row 4", "  row 7", "1 not who=aws", "  row 3", "1 not status != 0", "  row 5"));
}

TEST(ObservationImport, ComparesNumbersAsNumbersAndTextAsText) {
  EXPECT_TRUE(parse_row_filter("a<10").holds("9"));
  EXPECT_FALSE(parse_row_filter("a<10").holds("x"));
  EXPECT_TRUE(parse_row_filter("a<=b").holds("a"));
  EXPECT_TRUE(parse_row_filter("a=1.0").holds("1"));
  EXPECT_TRUE(parse_row_filter("a!=").holds("1"));
  EXPECT_FALSE(parse_row_filter("a=").holds("1"));
  for (const char* text : {"a", "=1", "a!1", ""}) EXPECT_THROW(parse_row_filter(text), std::invalid_argument) << text;
}

TEST(ObservationImport, CensorsByAColumnOrACondition) {
  ImportMap map = mapped({{"duration", "s"}, {"censored", "open"}});
  map.unit = 1;
  map.censored_when = parse_row_filter("state=aborted");
  EXPECT_THAT(seconds(read("s,open,state\n1,yes,\n2,0,done\n3,,aborted\n4,TRUE,done\n", map)), ElementsAre(-1, 2, -3, -4));
}

TEST(ObservationImport, TakesNamesFromAColumn) {
  ImportMap map = mapped({{"duration", "s"}, {"step", "task"}});
  map.of.reset();
  map.unit = 1;
  const Read got = read("s,task\n1,Swap DNS (east)\n2,promote\n3,---\n", map);
  ASSERT_EQ(got.all.size(), 2u);
  EXPECT_EQ(got.all[0].of, Observation::Of::step);
  EXPECT_EQ(got.all[0].name, "swap-dns-east");
  EXPECT_THAT(told(got.count), ElementsAre("1 no name of the step", "  row 4"));
}

TEST(ObservationImport, SaysWhatIsWrongWithARow) {
  const Read got = read("a,b\n2026-01-01 10:00,2026-01-01 09:00\n01/02/2026,2026-01-01\n,2026-01-01\n2026-01-01\n2026-05-05,\n", mapped({{"start", "a"}, {"end", "b"}}));
  EXPECT_THAT(seconds(got), IsEmpty());
  EXPECT_THAT(told(got.count),
              ElementsAre("1 an end before its start", "  row 2", "1 a start that cannot be understood", HasSubstr("row 3: '01/02/2026' may mean several days"), "1 no start", "  row 4",
                          "1 fewer cells than the heading", "  row 5: 1", "1 no end, and a start after the time up to which it would have lasted", "  row 6"));
}

TEST(ObservationImport, GivesNoDatesToSecondsFromABeginningOfTheirOwn) {
  const Read got = read("a,b\n0.0,3599.0\n586800.0,593994.0\n", mapped({{"start", "a"}, {"end", "b"}}));
  EXPECT_THAT(seconds(got), ElementsAre(3599, 7194));
  EXPECT_EQ(got.all[1].ended, 0);
}

TEST(ObservationImport, ReadsBackWhatItWrites) {
  const Observation all[] = {{Observation::Of::step, "promote", 12.0625, false, 1'700'000'000'250'000'000, "exercise 2026, \"a\"", "Shop, east", "ic"},
                             {Observation::Of::response, "engineer", 1e-3, true, 0, "incident 3", "", ""},
                             {Observation::Of::outage, "region-loss", 0, false, 0, "a.csv row 2", "", ""}};
  std::string text = observations_heading();
  for (const Observation& o : all) text += observation_row(o);
  const Read got = read(text, ImportMap());
  EXPECT_THAT(got.all, testing::ElementsAreArray(all));
  ImportMap one;
  one.of = Observation::Of::response;
  one.name = "engineer";
  const Read chosen = read(text, one);
  EXPECT_THAT(chosen.all, ElementsAre(all[1]));
  EXPECT_THAT(told(chosen.count), ElementsAre("2 not of the role engineer", "  row 2", "  row 4"));
}

TEST(ObservationImport, KeysTellARowApartWhereverItStands) {
  ImportMap map = mapped({{"duration", "s"}});
  map.unit = 1;
  const Read once = read("s\n1\n2\n2\n", map), grown = read("s\n0\n2\n1\n2\n2\n", map);
  EXPECT_EQ(once.keys[0], grown.keys[2]);
  EXPECT_EQ(once.keys[1], grown.keys[1]);
  EXPECT_EQ(once.keys[2], grown.keys[3]) << "the second that is alike";
  EXPECT_NE(once.keys[1], once.keys[2]);
  map.name = "flood";
  EXPECT_NE(read("s\n1\n", map).keys[0], once.keys[0]);
}

std::string why_not(const std::string& text, const ImportMap& map) {
  try {
    read(text, map);
  } catch (const InvalidInput& wrong) {
    return wrong.what();
  }
  return "";
}

TEST(ObservationImport, RefusesFilesThatItCannotRead) {
  const ImportMap map = mapped({{"duration", "took"}});
  EXPECT_THAT(why_not("", map), HasSubstr("f.csv: is empty"));
  EXPECT_THAT(why_not("tok\n1\n", map), HasSubstr("f.csv:1: has no column 'took'; did you mean 'tok'?"));
  EXPECT_THAT(why_not("a\n1\n", mapped({})), HasSubstr("takes a map"));
  EXPECT_THAT(why_not("a,b\n1,2\n", mapped({{"start", "a"}})), HasSubstr("takes a map of the end"));
  EXPECT_THAT(why_not("took\n\"1\n2\n", map), HasSubstr("f.csv:2: a cell's quotes are never closed"));
  EXPECT_THAT(why_not(std::string("took\n1\0\n", 8), map), HasSubstr("NUL"));
}

TEST(CsvReader, ReadsRecordsOverBlocksLikeAnyOther) {
  std::string text = "\xEF\xBB\xBF\"a\"\"b\",c\r\n";
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",\"line\nfeed\"\r\n";
  std::istringstream in(text);
  CsvReader csv(in, "f");
  std::vector<std::string> cells;
  ASSERT_TRUE(csv.record(cells));
  EXPECT_THAT(cells, ElementsAre("a\"b", "c"));
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(csv.record(cells));
    ASSERT_THAT(cells, ElementsAre(std::to_string(i), "line\nfeed"));
    ASSERT_EQ(csv.line(), 2 + 2 * i);
  }
  EXPECT_FALSE(csv.record(cells));
}

}  // namespace
}  // namespace muster
