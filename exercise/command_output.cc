#include "exercise/command_output.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace muster {
namespace {

constexpr off_t kTail = 4096, kRoom = 65536;

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
int open_file(const std::string& name, bool reserve) {
  const int file = open(name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return -1;
  fchmod(file, 0600);
  if (!reserve || fallocate(file, FALLOC_FL_KEEP_SIZE, size_of(file), kRoom) == 0) return file;
  if (errno == EOPNOTSUPP) return file;
  close(file);
  return -1;
}

int open_memory() {
  const int file = memfd_create("muster-output", MFD_CLOEXEC);
  if (file >= 0) fcntl(file, F_SETFL, O_APPEND);
  return file;
}

void punch(int file, off_t from, off_t to) {
  const off_t end = to / 4096 * 4096;
  if (end > from) fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, end - from);
}

/// How much of a text can be masked by itself: the largest such that no occurrence lies across its end, or
/// may with what comes later.
std::size_t separable(const std::string& text, const std::function<std::string(const std::string&)>& mask,
                      std::size_t longest) {
  for (std::size_t cut = text.size() < longest ? 0 : text.size() - longest; cut > 0; --cut) {
    const std::size_t from = cut < longest ? 0 : cut - longest;
    if (mask(text.substr(from, cut - from)) + mask(text.substr(cut, longest)) ==
        mask(text.substr(from, cut - from + longest)))
      return cut;
  }
  return 0;
}

}  // namespace

CommandOutput::CommandOutput(const CommandSettings& settings)
    : kept_(settings.keep_output),
      mask_(settings.mask),
      mask_longest_(settings.mask_longest),
      head_(static_cast<off_t>(settings.most_out)) {
  if (!kept_) {
    out_ = open("/dev/null", O_WRONLY | O_CLOEXEC);
  } else if (mask_) {
    out_ = open_memory();
    if (!settings.output_file.empty()) masked_file_ = open_file(settings.output_file, false);
  } else if (!settings.output_file.empty() && (out_ = open_file(settings.output_file, true)) >= 0) {
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
  if (in_file_ && ftruncate(out_, size_of(out_)) != 0)
    in_file_ = false;  // gives back what was reserved beyond the end
  for (const int file : {out_, err_, masked_file_})
    if (file >= 0) close(file);
}

/// To the file all that is new at the end of the tail; a full disk costs the file its rest, not the tail.
void CommandOutput::hand_on() {
  for (std::size_t& at = handed_on_; masked_file_ >= 0 && at < tail_.size();) {
    const ssize_t put = write(masked_file_, tail_.data() + at, tail_.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;
    at += static_cast<std::size_t>(put);
  }
  if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
  handed_on_ = tail_.size();
}

/// Masks what was written since the last time, and hands it on; what may be the beginning of a secret waits,
/// unless this is `all`.
void CommandOutput::pass_on(bool all) {
  for (off_t size = size_of(out_); from_ < size; size = size_of(out_)) {
    const std::string more = read_between(out_, from_, std::min(size, from_ + (1 << 20)));
    if (more.empty()) break;
    from_ += static_cast<off_t>(more.size());
    pending_ += more;
    punch(out_, 0, from_);
    const std::size_t cut = separable(pending_, mask_, mask_longest_);
    tail_ += mask_(pending_.substr(0, cut));
    pending_.erase(0, cut);
    hand_on();
  }
  if (!all) return;
  tail_ += mask_(std::exchange(pending_, ""));
  hand_on();
}

void CommandOutput::turn() {
  if (in_file_ || !kept_) return;
  if (mask_) return pass_on(false);
  punch(out_, (head_ + 4095) / 4096 * 4096, size_of(out_) - kRoom);
  punch(err_, 0, size_of(err_) - kRoom);
}

void CommandOutput::read_into(CommandResult& result) {
  if (!kept_) return;
  if (mask_) {
    pass_on(true);
    result.tail = tail_;
    return;
  }
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
