#include "exercise/target_locks.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <set>
#include <system_error>

#include "exercise/refused.h"

namespace muster {
namespace {

// The kernel's own files for them: the same for every user, run folder and name.
std::string file_of(const Target& target) { return target.netns.empty() ? "/proc/self/ns/net" : "/run/netns/" + target.netns; }

Descriptor open_machine() {
  for (const char* file : {"/etc/machine-id", "/"})
    if (Descriptor descriptor(::open(file, O_RDONLY | O_CLOEXEC)); descriptor.get() >= 0) return descriptor;
  return Descriptor();
}

bool lock(const Descriptor& file, int how) {
  while (::flock(file.get(), how | LOCK_NB) != 0)
    if (errno != EINTR) return false;
  return true;
}

}  // namespace

TargetLocks::TargetLocks(const std::vector<Target>& targets, bool whole_machine) {
  Descriptor machine = open_machine();
  if (machine.get() < 0) throw Refused({"nothing is here by which the machine could be locked: neither /etc/machine-id nor / can be read"});
  if (!lock(machine, whole_machine ? LOCK_EX : LOCK_SH))
    throw Refused({whole_machine ? "this exercise takes the whole machine (cpu, memory, disk), and another one runs here"
                                 : "another exercise has taken the whole machine (cpu, memory, disk)"});
  held_.push_back(std::move(machine));
  std::set<ino_t> seen;
  for (const Target& target : targets) {
    Descriptor file(::open(file_of(target).c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
      throw Refused({"target “" + target.name + "”: " + file_of(target) + " cannot be opened: " + std::generic_category().message(errno)});
    if (!seen.insert(status.st_ino).second) continue;
    if (!lock(file, LOCK_EX)) throw Refused({"target “" + target.name + "”: another exercise runs on it"});
    held_.push_back(std::move(file));
  }
}

std::vector<int> TargetLocks::descriptors() const {
  std::vector<int> out;
  for (const Descriptor& descriptor : held_) out.push_back(descriptor.get());
  return out;
}

}  // namespace muster
