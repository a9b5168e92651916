#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "models/document.h"
#include "models/json_pointer.h"
#include "models/load.h"
#include "models/scalars.h"
#include "models/scenario_shape.h"
#include "tests/models/scenario_files.h"
#include "tests/models/validator.h"

namespace muster {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path source = MUSTER_SOURCE;

TEST(Schema, ShippedFileIsUpToDate) {
  expect_shipped(source / "scenarios/schema.json", scenario_json_schema());
}

TEST(Schema, DescribesEveryKey) {
  expect_described(scenario_json_schema());
}

// The oracle is another validator, python3-jsonschema.
TEST(Verdicts, AnotherValidatorAcceptsEveryValidFile) {
  std::vector<fs::path> files;
  for (const char* folder : {"tests/models/fixtures/valid", "tests/models/fixtures/warnings", "scenarios", "bench"})
    for (const fs::path& file : scenarios_in(source / folder)) files.push_back(file);
  auto verdicts = judge(scenario_json_schema(), files);
  EXPECT_EQ(verdicts.size(), files.size());
  for (const auto& [file, error] : verdicts) EXPECT_EQ(error, "") << file;
}

/// Lines "name: reason" of fixtures/invalid/beyond-schema.txt: what no schema can say, or what cannot be read at all.
std::map<std::string, std::string> beyond_schema() {
  std::map<std::string, std::string> reasons;
  std::istringstream lines(bytes_of_file(source / "tests/models/fixtures/invalid/beyond-schema.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::size_t colon = line.find(": ");
    EXPECT_NE(colon, std::string::npos) << line;
    reasons[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return reasons;
}

TEST(Verdicts, AnotherValidatorRejectsEveryInvalidFileButThoseWithAReason) {
  auto files = scenarios_in(source / "tests/models/fixtures/invalid");
  auto verdicts = judge(scenario_json_schema(), files);
  auto reasons = beyond_schema();
  for (const fs::path& file : files) {
    auto verdict = verdicts.find(file.string());
    bool rejected = verdict != verdicts.end() && !verdict->second.empty();
    EXPECT_NE(rejected, reasons.count(file.filename().string()) == 1) << file << (rejected ? " is rejected: take it off the list" : " is not rejected and not on the list");
    reasons.erase(file.filename().string());
  }
  for (const auto& [name, reason] : reasons) ADD_FAILURE() << name << " is on the list and no fixture";
}

/// Every node of a tree, the deepest last, as pointers.
void collect(const Node& node, const std::string& pointer, std::vector<std::string>& pointers) {
  if (!pointer.empty()) pointers.push_back(pointer);
  for (std::size_t i = 0; i < node.items.size(); ++i) collect(node.items[i], pointer + "/" + std::to_string(i), pointers);
  for (const Member& member : node.members) collect(member.value, pointer + "/" + escaped_token(member.key), pointers);
}

// The schema and the checker of form come from one description; here they must say the same of thousands of damaged documents.
// Every value of two files in turn is taken away, replaced by something odd, or gets a key too many; some of them, evenly
// spread, are judged by the other validator too.
TEST(Verdicts, AnotherValidatorAgreesOnDamagedFiles) {
  const std::vector<std::string> odd = {"null", "true", "15", "-1", "0.5", "1e3", "'15'", "word", "Not a name", "''", "[]", "{}", "[word]", "{word: 1}", "5m", "0s", "5%", "150%", "2 Gbit/s", "800 GB", "0.2/year",
                                        "x-word", "[1m, 2m]", "{pert: [1m, 2m, 3m]}", "{uniform: [1m, 2m], pert: [1m, 2m, 3m]}", "{lognormal: {p50: 1m, sd: 1m}}", "absent", "{on-hours: 5m}", "{at-least: 1, of: [word]}", "1000001"};
  // So many of all: as long as a test may take. The whole has been compared by hand with 1.
  const char* every = std::getenv("MUSTER_DAMAGE_EVERY");
  const std::size_t stride = every != nullptr ? std::stoul(every) : 37;
  const Grammar grammar = scenario_grammar();
  Json documents = Json::object();
  std::map<std::string, std::string> problems;
  std::size_t count = 0;
  for (const char* file : {"everything.yaml", "every-distribution.yaml"}) {
    const Document original = read_document(bytes_of_file(source / "tests/models/fixtures/valid" / file), file);
    std::vector<std::string> pointers;
    collect(original.root, "", pointers);
    for (const std::string& pointer : pointers) {
      std::vector<std::pair<std::string, std::string>> damages = {{pointer + "/extra-key", "1"}};
      for (const std::string& value : odd) damages.emplace_back(pointer, value);
      for (const auto& [at, value] : damages) {
        if (++count % stride != 0 || pointer.substr(0, 2) == "/x") continue;
        if (pointer == "/time-zone") continue;  // no pattern lists the zones
        Document damaged = original;
        try {
          set(damaged.root, at, read_document("v: " + value, "v").root.members.at(0).value);
        } catch (const std::invalid_argument&) {
          continue;  // below a scalar there is no place for a key
        }
        Findings findings(damaged, 100);
        check_shape(grammar, *grammar.root, View{&damaged.root}, findings);
        const std::string name = std::string(file) + " " + at + " = " + value;
        documents[name] = as_json(damaged.root);
        problems[name] = findings.errors() == 0 ? "" : findings.sorted_errors().at(0).text();
      }
    }
  }
  EXPECT_GT(documents.size(), 200u);
  int accepted = 0;
  for (const auto& [name, verdict] : judge(scenario_json_schema(), documents)) {
    EXPECT_EQ(verdict.empty(), problems.at(name).empty()) << name << "\n  schema: " << verdict << "\n  loader: " << problems.at(name);
    accepted += verdict.empty();
  }
  EXPECT_GT(accepted, 10);
}

}  // namespace
}  // namespace muster
