#include "tests/exercise/scratch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

namespace muster::scratch {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "muster-test-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no folder for a test can be made in " + name);
  path_ = name;
}

Folder::~Folder() {
  // Who was killed a moment ago may still have made a file in it.
  std::error_code failed;
  for (int i = 0; i < 50 && (std::filesystem::remove_all(path_, failed), std::filesystem::exists(path_)); ++i) usleep(20'000);
}

OwnMounts::OwnMounts() : before_(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)), folder_(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  EXPECT_EQ(unshare(CLONE_NEWNS), 0);
  EXPECT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
}

OwnMounts::~OwnMounts() {
  EXPECT_EQ(setns(before_, CLONE_NEWNS), 0);
  EXPECT_EQ(fchdir(folder_), 0);  // entering a namespace leads to its root
  close(before_);
  close(folder_);
}

OwnMachine::OwnMachine() {
  std::ofstream(folder_.file("machine-id")) << "of this test\n";
  EXPECT_EQ(mount(folder_.file("machine-id").c_str(), "/etc/machine-id", nullptr, MS_BIND, nullptr), 0);
}

OwnMachine::~OwnMachine() { umount2("/etc/machine-id", MNT_DETACH); }

}  // namespace muster::scratch
