#include <gtest/gtest.h>

#include <algorithm>

#include "models/findings.h"
#include "models/json_pointer.h"
#include "models/load_study.h"
#include "tests/models/validator.h"

namespace muster {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path source = MUSTER_SOURCE;

TEST(StudySchema, ShippedFileIsUpToDate) {
  expect_shipped(source / "scenarios/what-if.schema.json", study_json_schema());
}

TEST(StudySchema, DescribesEveryKey) {
  EXPECT_GT(expect_described(study_json_schema()), 10u);
}

// The oracle is another validator, python3-jsonschema.
TEST(StudySchema, AnotherValidatorAcceptsEveryShippedStudy) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(source / "scenarios/studies")) files.push_back(entry.path());
  EXPECT_GE(files.size(), 3u);
  const auto verdicts = judge(study_json_schema(), files);
  EXPECT_EQ(verdicts.size(), files.size());
  for (const auto& [file, error] : verdicts) EXPECT_EQ(error, "") << file;
}

void collect(const Node& node, const std::string& pointer, std::vector<std::string>& pointers) {
  if (!pointer.empty()) pointers.push_back(pointer);
  for (std::size_t i = 0; i < node.items.size(); ++i) collect(node.items[i], pointer + "/" + std::to_string(i), pointers);
  for (const Member& member : node.members) collect(member.value, pointer + "/" + escaped_token(member.key), pointers);
}

// The schema and the checker of form come from one description; here they must say the same of damaged documents: every value
// in turn is replaced by something odd, or gets a key too many.
TEST(StudySchema, AnotherValidatorAgreesOnDamagedFiles) {
  const std::string everything = R"(
muster-what-if: 1
title: a title
options:
  one: {title: t, cost: 5/year, set: {/a/b: 1, "/c~1d/-": null}, note: n, source: s}
  two: {cost: -5/month, set: {/a: [1]}}
combine: all
grid:
  /x/y: [1, two, null]
  /z: {title: t, values: [1, 2], costs: [0/year, 1/year], note: n}
budget: 10/year
)";
  const std::vector<std::string> odd = {"null", "true", "15", "-1", "'15'", "word", "Not a name", "''", "[]", "{}", "[word]", "{word: 1}", "{/p: 1}", "{p: 1}", "5/year",
                                        "-5/year", "'- 5 /year'", "5/week", "5/ year", "0005/year", "5.5/month", "all", "{set: {/p: 1}}", "{word: {set: {/p: 1}}}", "{word: {set: {}}}", "{values: [1]}", "{/p: []}", "{\"/~2\": [1]}"};
  const Grammar grammar = study_grammar();
  const Document original = read_document(everything, "study.yaml");
  std::vector<std::string> pointers;
  collect(original.root, "", pointers);
  Json documents = Json::object();
  std::map<std::string, std::string> problems;
  for (const std::string& pointer : pointers) {
    std::vector<std::pair<std::string, std::string>> damages = {{pointer + "/extra-key", "1"}};
    for (const std::string& value : odd) damages.emplace_back(pointer, value);
    for (const auto& [at, value] : damages) {
      Document damaged = original;
      try {
        set(damaged.root, at, read_document("v: " + value, "v").root.members.at(0).value);
      } catch (const std::invalid_argument&) {
        continue;  // below a scalar there is no place for a key
      }
      Findings findings(damaged, 100);
      check_shape(grammar, *grammar.root, View{&damaged.root}, findings);
      const std::string name = at + " = " + value;
      documents[name] = as_json(damaged.root);
      problems[name] = findings.errors() == 0 ? "" : findings.sorted_errors().at(0).text();
    }
  }
  EXPECT_GT(documents.size(), 400u);
  int accepted = 0;
  for (const auto& [name, verdict] : judge(study_json_schema(), documents)) {
    EXPECT_EQ(verdict.empty(), problems.at(name).empty()) << name << "\n  schema: " << verdict << "\n  loader: " << problems.at(name);
    accepted += verdict.empty();
  }
  EXPECT_GT(accepted, 30);
}

}  // namespace
}  // namespace muster
