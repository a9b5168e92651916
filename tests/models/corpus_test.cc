#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

// The fuzz targets themselves, without their fuzzer: what it once found stays found.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int fuzz_exercise(const std::uint8_t* data, std::size_t size);

namespace {

/// Every file below these folders, and half of it: cut anywhere, a file is still an input.
int replay(int (*target)(const std::uint8_t*, std::size_t), std::initializer_list<const char*> folders) {
  namespace fs = std::filesystem;
  int files = 0;
  for (const char* folder : folders)
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(MUSTER_SOURCE) / folder)) {
      if (!entry.is_regular_file()) continue;
      SCOPED_TRACE(entry.path());
      std::ifstream file(entry.path(), std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(file)), {});
      EXPECT_EQ(target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
      EXPECT_EQ(target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size() / 2), 0);
      ++files;
    }
  return files;
}

TEST(Corpus, EveryInputLoadsOrIsRefused) { EXPECT_GT(replay(LLVMFuzzerTestOneInput, {"tests/fuzz/corpus/load", "tests/models/fixtures", "scenarios"}), 100); }

TEST(Corpus, EveryExerciseLoadsOrIsRefused) { EXPECT_GT(replay(fuzz_exercise, {"tests/fuzz/corpus/exercise", "tests/models/exercises", "scenarios/exercises"}), 30); }

}  // namespace
