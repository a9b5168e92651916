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

}  // namespace muster::scratch
