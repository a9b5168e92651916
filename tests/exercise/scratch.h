#pragma once
#include <filesystem>
#include <string>

/// Things that tests leave no trace of.
namespace muster::scratch {

/// A folder of its own that vanishes with it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Mounts of the test's own for as long as it lives: what it mounts or unmounts is nobody else's. Root's, in a process of one thread.
class OwnMounts {
 public:
  OwnMounts();
  ~OwnMounts();
  OwnMounts(const OwnMounts&) = delete;
  OwnMounts& operator=(const OwnMounts&) = delete;

 private:
  int before_ = -1, folder_ = -1;
};

/// Mounts of the test's own, and a machine id: an exercise that takes the whole machine elsewhere and one of the test's do not shut each
/// other out.
class OwnMachine {
 public:
  OwnMachine();
  ~OwnMachine();
  OwnMachine(const OwnMachine&) = delete;
  OwnMachine& operator=(const OwnMachine&) = delete;

 private:
  OwnMounts mounts_;
  Folder folder_;
};

}  // namespace muster::scratch
