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

}  // namespace muster::scratch
