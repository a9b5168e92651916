#pragma once
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

/// Where results go. Nothing that could not be written is lost in silence.
namespace muster {

/// A place cannot be written to; what() names it and says why.
class OutputFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file that appears whole or not at all: what is written goes to a temporary file beside it, which takes
/// its name when it is committed and vanishes otherwise. A symbolic link is followed; a device, a pipe and
/// "-" (the standard output) are written to directly. A resource: not copied, not thread-safe.
class OutputFile {
 public:
  /// Throws OutputFailure when it cannot be begun: the folder is missing or read-only, …
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Buffered; failures show in its state, and again in commit().
  std::ostream& stream();
  /// Flushes, makes it durable and gives it its name. Throws OutputFailure; then the file is as before.
  void commit();

 private:
  struct Buffer;
  std::string path_, target_, temporary_;
  int descriptor_ = -1;
  std::unique_ptr<Buffer> buffer_;
  std::unique_ptr<std::ostream> stream_;
};

/// Whether two paths mean the same file, or would when written; "-" and devices are nobody's.
bool same_file(const std::string& a, const std::string& b);

/// Writes all of a text to a file as above.
void write_file(const std::string& path, std::string_view text);
/// Writes all of it to the standard output; throws OutputFailure (a full disk, a closed pipe).
void print(std::string_view text);
/// Writes to the standard error; what fails there has nowhere to be told.
void print_error(std::string_view text);

/// The standard output is a terminal that shows colours: not a "dumb" one, and NO_COLOR is not set to
/// anything.
bool colour_on_output();
bool terminal_on_error();

/// Makes sure that descriptors 0 to 2 are open, so that no result file takes the place of a closed standard
/// output, and that a closed pipe is an error to report and not a signal to die of.
void prepare_standard_streams();

}  // namespace muster
