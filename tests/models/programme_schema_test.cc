#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/load_programme.h"
#include "tests/models/validator.h"

namespace muster {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path source = MUSTER_SOURCE;

TEST(ProgrammeSchema, ShippedFileIsUpToDate) {
  expect_shipped(source / "scenarios/programme.schema.json", programme_json_schema());
}

TEST(ProgrammeSchema, DescribesEveryKey) {
  EXPECT_GT(expect_described(programme_json_schema()), 30u);
}

// The oracle is another validator, python3-jsonschema.
TEST(ProgrammeSchema, AnotherValidatorAcceptsEveryShippedProgramme) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(source / "scenarios/programmes"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  ASSERT_GE(files.size(), 1u);
  for (const auto& [file, error] : judge(programme_json_schema(), files)) EXPECT_EQ(error, "") << file;
}

TEST(ProgrammeSchema, AnotherValidatorAcceptsAllThatAProgrammeCanSay) {
  for (const auto& [file, error] : judge(programme_json_schema(), std::vector<fs::path>{source / "tests/models/programmes/valid/everything.yaml"})) EXPECT_EQ(error, "") << file;
}

// What only names, dates and other files can tell, no schema says.
TEST(ProgrammeSchema, AnotherValidatorRefusesWhatIsWronglyFormed) {
  std::vector<fs::path> files;
  for (const char* name : {"unknown-keys", "dates", "missing", "seats", "names", "a-scenario", "list", "version-2", "calendars", "hostile", "time-zones"})
    files.push_back(source / "tests/models/programmes/invalid" / (std::string(name) + ".yaml"));
  const auto verdicts = judge(programme_json_schema(), files);
  EXPECT_EQ(verdicts.size(), files.size());
  for (const auto& [file, error] : verdicts) EXPECT_NE(error, "") << file;
}

}  // namespace
}  // namespace muster
