#include <gtest/gtest.h>

#include <cstring>

#include "exercise/keeper.h"

// The keeper and its fuses are this same program, started anew.
int main(int argc, char** argv) {
  const std::vector<std::string> rest(argv + (argc > 1 ? 2 : 1), argv + argc);
  if (argc > 1 && std::strcmp(argv[1], "keeper") == 0) return muster::keeper_main(rest);
  if (argc > 1 && std::strcmp(argv[1], "fuse") == 0) return muster::fuse_main(rest);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
