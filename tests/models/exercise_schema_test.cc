#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "models/exercise_shape.h"
#include "models/findings.h"
#include "models/json_pointer.h"
#include "models/load_exercise.h"
#include "tests/models/validator.h"

namespace muster {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path source = MUSTER_SOURCE;
const fs::path fixtures = source / "tests/models/exercises";

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".yaml" || entry.path().extension() == ".json")
      if (bytes_of_file(entry.path()).find("muster-exercise") != std::string::npos)
        found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

TEST(ExerciseSchema, ShippedFileIsUpToDate) {
  expect_shipped(source / "scenarios/exercise.schema.json", exercise_json_schema());
}

TEST(ExerciseSchema, DescribesEveryKey) {
  expect_described(exercise_json_schema());
}

// The oracle is another validator, python3-jsonschema.
TEST(ExerciseSchema, AnotherValidatorAcceptsEveryValidFile) {
  std::vector<fs::path> files;
  for (const fs::path& folder : {fixtures / "valid", fixtures / "warnings", source / "scenarios/exercises"})
    for (const fs::path& file : files_in(folder)) files.push_back(file);
  auto verdicts = judge(exercise_json_schema(), files);
  EXPECT_EQ(verdicts.size(), files.size());
  for (const auto& [file, error] : verdicts) EXPECT_EQ(error, "") << file;
}

TEST(ExerciseSchema, AnotherValidatorRejectsEveryInvalidFileButThoseWithAReason) {
  // No schema can say what concerns two files or the relation of two values, and none reads what is no text
  // of the format.
  const std::map<std::string, std::string> reasons = {{"canaries.yaml", "what belongs together"},
                                                      {"duplicate-keys.yaml", "keys that are there twice"},
                                                      {"names.yaml", "names"},
                                                      {"nothing-at-first.yaml", "an order"},
                                                      {"outage.yaml", "a name of the scenario's"}};
  for (const auto& [file, error] : judge(exercise_json_schema(), files_in(fixtures / "invalid")))
    EXPECT_EQ(error.empty(), reasons.count(fs::path(file).filename().string()) == 1) << file << ": " << error;
}

void collect(const Node& node, const std::string& pointer, std::vector<std::string>& pointers) {
  if (!pointer.empty()) pointers.push_back(pointer);
  for (std::size_t i = 0; i < node.items.size(); ++i)
    collect(node.items[i], pointer + "/" + std::to_string(i), pointers);
  for (const Member& member : node.members)
    collect(member.value, pointer + "/" + escaped_token(member.key), pointers);
}

bool is_expression(const std::string& pointer) {
  const std::string key = pointer.substr(pointer.rfind('/') + 1);
  return key == "match" || key == "matches" || key == "body" || key == "~0";
}

// The schema and the checker of form come from one description; here they must say the same of damaged
// documents: every value of a file with every key in turn is replaced by something odd, or gets a key too
// many; some of them, evenly spread, are judged.
TEST(ExerciseSchema, AnotherValidatorAgreesOnDamagedFiles) {
  const std::vector<std::string> odd = {"null",
                                        "true",
                                        "15",
                                        "-1",
                                        "0.5",
                                        "1e3",
                                        "'15'",
                                        "word",
                                        "Not a name",
                                        "''",
                                        "[]",
                                        "{}",
                                        "[word]",
                                        "{word: 1}",
                                        "5m",
                                        "0s",
                                        "5%",
                                        "150%",
                                        "2 Gbit/s",
                                        "800 GB",
                                        "\"*\"",
                                        "\"host:80\"",
                                        "10.0.0.0/8",
                                        "{not: word}",
                                        "{netns: word}",
                                        "{run: [word]}",
                                        "{\">=\": 1}",
                                        "http://a/",
                                        "200",
                                        "[1, 2]",
                                        "2026-11-27T00:00Z"};
  const char* every = std::getenv("MUSTER_DAMAGE_EVERY");
  const std::size_t stride = every != nullptr ? std::stoul(every) : 17;
  const Grammar grammar = exercise_grammar();
  const Document original =
      read_document(bytes_of_file(fixtures / "valid/everything.yaml"), "everything.yaml");
  std::vector<std::string> pointers;
  collect(original.root, "", pointers);
  Json documents = Json::object();
  std::map<std::string, std::string> problems;
  std::size_t count = 0;
  for (const std::string& pointer : pointers) {
    std::vector<std::pair<std::string, std::string>> damages = {{pointer + "/extra-key", "1"}};
    for (const std::string& value : odd) damages.emplace_back(pointer, value);
    for (const auto& [at, value] : damages) {
      if (++count % stride != 0 || pointer.substr(0, 2) == "/x") continue;
      if (value == "\"*\"" && is_expression(pointer))
        continue;  // no pattern says what a regular expression is
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
  EXPECT_GT(documents.size(), 200u);
  int accepted = 0;
  for (const auto& [name, verdict] : judge(exercise_json_schema(), documents)) {
    EXPECT_EQ(verdict.empty(), problems.at(name).empty())
        << name << "\n  schema: " << verdict << "\n  loader: " << problems.at(name);
    accepted += verdict.empty();
  }
  EXPECT_GT(accepted, 10);
}

}  // namespace
}  // namespace muster
