#include "app/running_mark.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "exercise/keeper.h"
#include "exercise/refused.h"

namespace muster {
namespace {

std::string folder() { return state_root() + "/running"; }

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

RunningMark::RunningMark(const std::string& exercise) : file_(folder() + "/" + exercise) {
  ::mkdir(folder().c_str(), 0700);
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  // A process's own lock, not the description's: forked children must not keep it.
  struct flock lock = whole_file();
  if (descriptor_ >= 0 && ::fcntl(descriptor_, F_SETLK, &lock) == 0) return;
  const int error = errno;
  if (descriptor_ >= 0) ::close(descriptor_);
  throw Refused({"the exercise cannot be marked as running in " + file_ + ": " + std::strerror(error)});
}

RunningMark::~RunningMark() {
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

bool runs_now(const std::string& exercise) {
  const int descriptor = ::open((folder() + "/" + exercise).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return errno != ENOENT;  // what one may not look at may run
  struct flock lock = whole_file();
  const bool held = ::fcntl(descriptor, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
  ::close(descriptor);
  return held;
}

}  // namespace muster
