#pragma once
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// Runs the real binary as a person or a script would.
namespace muster::end_to_end {

struct Ran {
  int code = -1;         ///< exit status; 128 + the signal that killed it
  std::string out, err;  ///< with a terminal: everything in `out`
};

struct Surroundings {
  std::vector<std::string> environment{};  ///< "NO_COLOR=1", besides what the tests have
  enum class Output { pipe, closed, broken_pipe, full, terminal } output = Output::pipe;
  long most_file_bytes = -1;  ///< of files it writes
  int signal = 0;             ///< sent once `ready` holds
  std::function<bool()> ready{};
};

Ran muster(const std::vector<std::string>& words, const Surroundings& surroundings = {});

std::string scenario(const std::string& name);  ///< path of a shipped scenario
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

/// A folder of its own that vanishes with it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::vector<std::string> files() const;

 private:
  std::filesystem::path path_;
};

/// Few enough for a test, many enough for its point.
inline const std::vector<std::string> few{"--replications", "2000"};
std::vector<std::string> joined(std::vector<std::string> words, const std::vector<std::string>& more);

}  // namespace muster::end_to_end
