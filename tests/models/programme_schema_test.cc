#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "models/load_programme.h"
#include "tests/models/validator.h"

namespace muster {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path source = MUSTER_SOURCE;

TEST(ProgrammeSchema, ShippedFileIsUpToDate) {
  const fs::path path = source / "scenarios/programme.schema.json";
  if (std::getenv("MUSTER_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << programme_json_schema();
  EXPECT_EQ(bytes_of_file(path), programme_json_schema()) << "MUSTER_UPDATE_GOLDEN=1 writes it anew";
}

TEST(ProgrammeSchema, DescribesEveryKey) {
  std::size_t described = 0;
  std::function<void(const Json&, const std::string&)> check = [&](const Json& at, const std::string& pointer) {
    if (at.is_object() && at.contains("properties") && at.contains("additionalProperties"))
      for (const auto& [key, value] : at["properties"].items()) {
        EXPECT_TRUE(value.contains("description") && !value["description"].get<std::string>().empty()) << pointer << "/" << key;
        ++described;
      }
    if (at.is_structured())
      for (const auto& [key, value] : at.items()) check(value, pointer + "/" + key);
  };
  check(Json::parse(programme_json_schema()), "");
  EXPECT_GT(described, 30u);
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
