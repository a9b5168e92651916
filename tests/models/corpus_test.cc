#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

// The fuzz target itself, without its fuzzer: what it once found stays found.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

TEST(Corpus, EveryInputLoadsOrIsRefused) {
  namespace fs = std::filesystem;
  int files = 0;
  for (const char* folder : {"tests/fuzz/corpus/load", "tests/models/fixtures", "scenarios"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(MUSTER_SOURCE) / folder)) {
      if (!entry.is_regular_file()) continue;
      SCOPED_TRACE(entry.path());
      std::ifstream file(entry.path(), std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(file)), {});
      EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
      // Cut anywhere, a file is still an input.
      EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size() / 2), 0);
      ++files;
    }
  EXPECT_GT(files, 100);
}

}  // namespace
