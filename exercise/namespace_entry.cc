#include "exercise/namespace_entry.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "exercise/command.h"
#include "exercise/refused.h"

namespace muster {

NamespaceEntry::NamespaceEntry(const std::string& name) {
  if (name.empty()) return;
  if (name == "." || name == ".." || name.find('/') != std::string::npos)
    throw Refused({"network namespace “" + name + "”: not a name"});
  file_ = open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) {
    const int error = errno;
    throw Refused(
        {"network namespace “" + name + "”: " +
         (error == ENOENT ? "there is none of this name (ip netns list shows all)" : std::strerror(error))});
  }
  const std::string own = "/etc/netns/" + name;
  DIR* folder = opendir(own.c_str());
  if (!folder) return;
  while (const dirent* entry = readdir(folder)) {
    const std::string file = entry->d_name;
    if (file == "." || file == "..") continue;
    struct stat there {};
    if (stat(("/etc/" + file).c_str(), &there) == 0) binds_.emplace_back(own + "/" + file, "/etc/" + file);
  }
  closedir(folder);
}

NamespaceEntry::~NamespaceEntry() {
  if (file_ >= 0) close(file_);
}

const char* NamespaceEntry::enter() const {
  if (file_ < 0) return nullptr;
  if (setns(file_, CLONE_NEWNET) != 0) return "cannot enter the network namespace";
  if (unshare(CLONE_NEWNS) != 0) return "cannot have a mount namespace of its own";
  if (mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return "cannot keep its mounts to itself";
  for (const auto& [from, over] : binds_)
    if (mount(from.c_str(), over.c_str(), nullptr, MS_BIND, nullptr) != 0)
      return "cannot lay /etc/netns over /etc";
  return nullptr;
}

void enter_namespace(const std::string& name) {
  if (const char* failed = NamespaceEntry(name).enter())
    throw Refused({"network namespace “" + name + "”: " + failed + ": " + std::strerror(errno)});
}

}  // namespace muster
