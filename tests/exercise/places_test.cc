#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "exercise/keeper.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"

namespace muster {
namespace {

struct Places : testing::Test {
  void TearDown() override {
    ::unsetenv("MUSTER_STATE_DIR");
    ::unsetenv("MUSTER_RUN_DIR");
  }
  scratch::Folder folder;
};

TEST_F(Places, AreMadeForTheirOwnerAlone) {
  ::setenv("MUSTER_STATE_DIR", folder.file("a/state").c_str(), 1);
  ::setenv("MUSTER_RUN_DIR", folder.file("a/run").c_str(), 1);
  EXPECT_EQ(state_root(), folder.file("a/state"));
  EXPECT_EQ(run_root(), folder.file("a/run"));
  for (const std::string& place : {state_root(), run_root()}) {
    struct stat there {};
    ASSERT_EQ(::stat(place.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 07777, 0700u) << place;
  }
}

TEST_F(Places, AreSaidWholeWhereverACallerStands) {
  ::setenv("MUSTER_STATE_DIR", std::filesystem::relative(folder.file("state")).c_str(), 1);
  EXPECT_EQ(std::filesystem::weakly_canonical(state_root()), std::filesystem::weakly_canonical(folder.file("state")));
  EXPECT_TRUE(state_root().starts_with('/'));
}

TEST_F(Places, ThatCannotBeMadeAreRefused) {
  std::ofstream(folder.file("file")).close();
  ::setenv("MUSTER_STATE_DIR", folder.file("file").c_str(), 1);
  EXPECT_THROW(state_root(), Refused);
  ::setenv("MUSTER_STATE_DIR", folder.file("file/state").c_str(), 1);
  EXPECT_THROW(state_root(), Refused);
}

}  // namespace
}  // namespace muster
