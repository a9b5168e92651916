#include "reports/csv.h"
#include "reports/samples_csv.h"

#include <cmath>
#include <sstream>

#include "models/outcomes.h"

namespace muster {
namespace {

struct Block {
  std::vector<std::string> services{"db", "shop"}, steps;
  std::vector<double> rto{1.5, never, 0, 3600}, rpo{0, 0.1, never, 2}, start, end;
  SampleBlock of(const std::string& outage, std::uint64_t first = 0) const {
    return {outage, services, steps, first, 2, rto, rpo, start, end};
  }
};

TEST(SamplesCsv, HasARowForEachReplicationAndService) {
  std::ostringstream out;
  SamplesCsv csv(out, {});
  csv.write(Block().of("region-loss", 41));
  EXPECT_EQ(out.str(),
            "outage,replication,service,rto,rpo\n"
            "region-loss,41,db,1.5,0\n"
            "region-loss,41,shop,never,0.1\n"
            "region-loss,42,db,0,never\n"
            "region-loss,42,shop,3600,2\n");
}

TEST(SamplesCsv, StepsStandInTheirColumnsWhicheverPlanTheyAreOf) {
  Block block;
  block.services = {"db"};
  block.rto = block.rpo = {1, 2};
  block.steps = {"swap", "detect"};
  block.start = {10, 0, std::nan(""), 0};
  block.end = {20, 5, std::nan(""), 6};
  std::ostringstream out;
  SamplesCsv csv(out, {"detect", "restore", "swap"});
  csv.write(block.of("a"));
  block.steps = {"restore"};
  block.start = {7, 7};
  block.end = {never, 8};
  csv.write(block.of("b"));
  EXPECT_EQ(out.str(),
            "outage,replication,service,rto,rpo,detect.start,detect.end,restore.start,restore.end,swap.start,"
            "swap.end\n"
            "a,0,db,1,1,0,5,,,10,20\n"
            "a,1,db,2,2,0,6,,,,\n"
            "b,0,db,1,1,,,7,never,,\n"
            "b,1,db,2,2,,,7,8,,\n");
}

TEST(SamplesCsv, NumbersGiveTheSameDoubleBack) {
  Block block;
  block.services = {"db"};
  block.rto = {0.1 + 0.2, 1.0 / 3};
  block.rpo = {1e-300, 123456789.123456789};
  std::ostringstream out;
  SamplesCsv(out, {}).write(block.of("a"));
  EXPECT_EQ(out.str(),
            "outage,replication,service,rto,rpo\n"
            "a,0,db,0.30000000000000004,1e-300\n"
            "a,1,db,0.3333333333333333,123456789.12345679\n");
}

TEST(SamplesCsv, CellsThatHoldSeparatorsAreQuoted) {
  EXPECT_EQ(csv_cell("plain-name"), "plain-name");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"a\"\n"), "\"say \"\"a\"\"\n\"");
}

TEST(SamplesCsv, AFailingStreamShowsInItsState) {
  std::ostringstream out;
  SamplesCsv csv(out, {});
  out.setstate(std::ios::badbit);
  csv.write(Block().of("a"));
  EXPECT_FALSE(out);
}

}  // namespace
}  // namespace muster
