// Programme files as people get them wrong, each with the messages that they then read.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "exercise/programme/windows.h"
#include "models/load_programme.h"

namespace muster {
namespace {

namespace fs = std::filesystem;
const fs::path folder = fs::path(MUSTER_SOURCE) / "tests/models/programmes";

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

// As `muster schedule` reads them, from beside them: messages name no place of this machine.
LoadedProgramme load(const std::string& file) { return load_programme(file, trouble_with_calendar); }

class Beside {
 public:
  explicit Beside(const fs::path& path) { fs::current_path(path); }
  ~Beside() { fs::current_path(before_); }

 private:
  fs::path before_ = fs::current_path();
};

TEST(ProgrammeFiles, EveryInvalidOneHasItsMessages) {
  const Beside beside(folder / "invalid");
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(".")) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    const std::string name = entry.path().filename().string(), golden = name + ".expected";
    try {
      load(name);
      ADD_FAILURE() << name << " loads";
    } catch (const InvalidInput& wrong) {
      const std::string said = std::string(wrong.what()) + "\n";
      if (std::getenv("MUSTER_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << said;
      EXPECT_EQ(bytes_of(golden), said) << name << " (MUSTER_UPDATE_GOLDEN=1 writes it anew)";
      for (const Problem& problem : wrong.problems()) EXPECT_GT(problem.line, 0) << problem.text();
    }
  }
  EXPECT_GE(files, 14u);
}

TEST(ProgrammeFiles, AValidOneLoadsWithItsCalendars) {
  const Beside beside(folder / "valid");
  const LoadedProgramme loaded = load("everything.yaml");
  EXPECT_TRUE(loaded.warnings.empty());
  const Programme& programme = loaded.programme;
  EXPECT_EQ(programme.name, "everything");
  EXPECT_EQ(programme.quarters, 2);
  EXPECT_EQ(programme.people.at(0).mail, "ana@example.org");
  EXPECT_EQ(programme.people.at(0).calendars, std::vector<std::string>{"ana.ics"});
  EXPECT_EQ(programme.people.at(1).time_zone, "America/New_York");
  EXPECT_EQ(programme.blackouts.size(), 6u);
  EXPECT_EQ(programme.exercises.at(0).covers, (std::vector<std::string>{"db", "web"})) << "the outage strikes their region";
  EXPECT_EQ(programme.exercises.at(1).covers, std::vector<std::string>{"mail"});
  EXPECT_EQ(programme.policies.at(0).things, (std::vector<std::string>{"db", "web"})) << "those with an objective";
  EXPECT_EQ(windows_of(programme).away.at(0).size(), 2u) << "an absence and an event";
}

// Half a megabyte that asks for much: it is refused, or read, in a few seconds.
TEST(ProgrammeFiles, ManyNamesTakeBoundedTime) {
  const auto many = [](const std::string& stem, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += (i ? ", " : "") + stem + std::to_string(i);
    return out;
  };
  std::string text = "muster-programme: 1\nname: s\nfrom: 2027-Q1\npeople: {ana: {roles: [lead]}}\nexercises:\n";
  for (int i = 0; i < 200; ++i) text += "  e" + std::to_string(i) + ": {scenario: shop.yaml, outage: db-lost, kind: functional, covers: [" + many("s", 400) + "]}\n";
  text += "policies:\n";
  for (int i = 0; i < 100; ++i) text += "  p" + std::to_string(i) + ": {services: [" + many("t", 900) + "], every: year}\n";
  const std::string shop = bytes_of(folder / "shop.yaml");
  const std::clock_t begun = std::clock();
  try {
    parse_programme(text, "p.yaml", "", [&](const std::string& file) { return parse_scenario(shop, file); });
    ADD_FAILURE() << "it loads";
  } catch (const InvalidInput& wrong) {
    EXPECT_LE(wrong.problems().size(), LoadLimits{}.problems + 1);
  }
  EXPECT_LT(static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC, 40) << "of a processor, sanitized too";
}

}  // namespace
}  // namespace muster
