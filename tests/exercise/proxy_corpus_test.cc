#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

// The fuzz target itself, without its fuzzer: what it once found stays found.
extern "C" int fuzz_proxy(const std::uint8_t* data, std::size_t size);

namespace {

TEST(ProxyCorpus, EveryRequestIsAnsweredOrRefused) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(MUSTER_SOURCE) / "tests/fuzz/corpus/proxy")) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    for (std::size_t cut = 0; cut <= bytes.size(); cut += 7)  // anywhere: it is still an input
      EXPECT_EQ(fuzz_proxy(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size() - cut), 0);
    ++files;
  }
  EXPECT_GE(files, 8);
}

}  // namespace
