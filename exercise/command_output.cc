#include "exercise/command_output.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace muster {
namespace {

constexpr off_t kTail = 4096, kEnd = 65536, kRoom = 65536;

off_t size_of(int file) {
  struct stat there {};
  return fstat(file, &there) == 0 ? there.st_size : 0;
}

std::string read_between(int file, off_t from, off_t to) {
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, to - from)), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = pread(file, text.data() + have, text.size() - have, from + static_cast<off_t>(have));
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

/// -1 also when there is no room for output worth keeping: the command itself must not meet the full disk.
int open_file(const std::string& name) {
  const int file = open(name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return -1;
  fchmod(file, 0600);
  if (fallocate(file, FALLOC_FL_KEEP_SIZE, size_of(file), kRoom) == 0) return file;
  if (errno == EOPNOTSUPP) return file;
  close(file);
  return -1;
}

int open_memory() {
  const int file = memfd_create("muster-output", MFD_CLOEXEC);
  if (file >= 0) fcntl(file, F_SETFL, O_APPEND);
  return file;
}

void punch(int file, off_t head) {
  const off_t size = size_of(file), end = (size - kEnd) / 4096 * 4096;
  if (end > head) fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, head, end - head);
}

}  // namespace

CommandOutput::CommandOutput(const CommandSettings& settings)
    : kept_(settings.keep_output), head_(static_cast<off_t>(settings.most_out)) {
  if (!kept_) {
    out_ = open("/dev/null", O_WRONLY | O_CLOEXEC);
  } else if (!settings.output_file.empty() && (out_ = open_file(settings.output_file)) >= 0) {
    in_file_ = true;
    from_ = size_of(out_);
  } else {
    out_ = open_memory();
    err_ = open_memory();
    return;
  }
  err_ = fcntl(out_, F_DUPFD_CLOEXEC, 3);
}

CommandOutput::~CommandOutput() {
  if (in_file_) ftruncate(out_, size_of(out_));  // gives back what was reserved beyond the end
  close(out_);
  close(err_);
}

void CommandOutput::bound() {
  if (in_file_ || !kept_) return;
  punch(out_, head_);
  punch(err_, 0);
}

void CommandOutput::read_into(CommandResult& result) const {
  if (!kept_) return;
  const off_t size = size_of(out_);
  if (in_file_) {
    result.tail = read_between(out_, std::max(from_, size - kTail), size);
    return;
  }
  result.out = read_between(out_, 0, std::min(size, head_));
  const off_t errors = size_of(err_);
  result.tail = read_between(out_, std::max<off_t>(0, size - kTail), size) +
                read_between(err_, std::max<off_t>(0, errors - kTail), errors);
  if (result.tail.size() > kTail) result.tail.erase(0, result.tail.size() - kTail);
}

}  // namespace muster
