#include "app/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <streambuf>
#include <vector>

namespace muster {
namespace {

std::string place(const std::string& path) { return path == "-" ? "the standard output" : path; }

[[noreturn]] void fail(const std::string& path, int error) {
  throw OutputFailure("cannot write to " + place(path) + ": " + std::strerror(error));
}

// 0, or the error.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : EIO;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// What a path means when it is there: the end of its symbolic links.
std::string followed(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) ? std::string(resolved) : path;
}

}  // namespace

struct OutputFile::Buffer : std::streambuf {
  explicit Buffer(int to) : descriptor(to), bytes(1 << 16) {
    setp(bytes.data(), bytes.data() + bytes.size());
  }
  bool drain() {
    if (error == 0) error = write_all(descriptor, {pbase(), static_cast<std::size_t>(pptr() - pbase())});
    setp(bytes.data(), bytes.data() + bytes.size());
    return error == 0;
  }
  int overflow(int c) override {
    if (!drain()) return traits_type::eof();
    if (c != traits_type::eof()) sputc(static_cast<char>(c));
    return traits_type::not_eof(c);
  }
  int sync() override { return drain() ? 0 : -1; }

  int descriptor;
  int error = 0;  ///< the first
  std::vector<char> bytes;
};

OutputFile::OutputFile(const std::string& path) : path_(path), target_(followed(path)) {
  struct stat there {};
  const bool exists = ::stat(target_.c_str(), &there) == 0;
  if (path == "-") {
    descriptor_ = STDOUT_FILENO;
  } else if (exists && S_ISDIR(there.st_mode)) {
    fail(path, EISDIR);
  } else if (exists && !S_ISREG(there.st_mode)) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    if (exists && ::access(target_.c_str(), W_OK) != 0) fail(path, errno);
    temporary_ = target_ + "." + std::to_string(::getpid()) + ".partial";
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ >= 0 && exists) (void)::fchmod(descriptor_, there.st_mode & 07777);
  }
  if (descriptor_ < 0) {
    const int error = errno;
    temporary_.clear();
    fail(path, error);
  }
  buffer_ = std::make_unique<Buffer>(descriptor_);
  stream_ = std::make_unique<std::ostream>(buffer_.get());
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0 && descriptor_ != STDOUT_FILENO) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

std::ostream& OutputFile::stream() { return *stream_; }

void OutputFile::commit() {
  buffer_->drain();
  if (buffer_->error != 0) fail(path_, buffer_->error);
  if (descriptor_ == STDOUT_FILENO) return;
  // Delayed allocation tells of a full disk only here; what cannot be synchronised (a pipe) need not be.
  if (!temporary_.empty() && ::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS)
    fail(path_, errno);
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail(path_, errno);
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(path_, errno);
  temporary_.clear();
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code none;
  const auto whole = [&](const std::string& path) { return std::filesystem::weakly_canonical(path, none); };
  if (a == "-" || b == "-") return false;
  for (const std::string& path : {a, b})
    if (std::filesystem::exists(path, none) && !std::filesystem::is_regular_file(path, none)) return false;
  return whole(a) == whole(b) || std::filesystem::equivalent(a, b, none);
}

void write_file(const std::string& path, std::string_view text) {
  OutputFile file(path);
  file.stream() << text;
  file.commit();
}

void print(std::string_view text) {
  if (const int error = write_all(STDOUT_FILENO, text)) fail("-", error);
}

void print_error(std::string_view text) { (void)write_all(STDERR_FILENO, text); }

bool colour_on_output() {
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) && (!refused || !*refused) && terminal && std::strcmp(terminal, "dumb") != 0;
}

bool terminal_on_error() { return ::isatty(STDERR_FILENO); }

void prepare_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  for (int descriptor = 0; descriptor <= STDERR_FILENO; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
      // The lowest free descriptor is this one. Read-only, so that writing to it fails and is told.
      (void)::open("/dev/null", O_RDONLY);
}

}  // namespace muster
