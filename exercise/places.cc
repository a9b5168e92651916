#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "exercise/keeper.h"
#include "exercise/refused.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string state_home() {
  if (const std::string home = variable("XDG_STATE_HOME"); home.starts_with('/')) return home;
  if (const std::string home = variable("HOME"); home.starts_with('/')) return home + "/.local/state";
  throw Refused({"there is no place to keep state: set HOME, XDG_STATE_HOME or MUSTER_STATE_DIR"});
}

// Names of hosts, people and secrets' whereabouts are nobody else's business.
std::string made(const std::string& path) {
  std::error_code error;
  const std::string whole = fs::absolute(path).lexically_normal().string();
  const bool there = fs::is_directory(whole, error);
  if (!there) {
    fs::create_directories(fs::path(whole).parent_path(), error);
    if (::mkdir(whole.c_str(), 0700) != 0 && errno != EEXIST)
      throw Refused({"the folder " + whole + " cannot be made: " + std::generic_category().message(errno)});
    if (!fs::is_directory(whole, error)) throw Refused({whole + " is no folder"});
  }
  return whole;
}

}  // namespace

std::string run_root() {
  if (const std::string given = variable("MUSTER_RUN_DIR"); !given.empty()) return made(given);
  if (::geteuid() == 0) return made("/run/muster");
  if (const std::string runtime = variable("XDG_RUNTIME_DIR"); runtime.starts_with('/')) return made(runtime + "/muster");
  return made(state_root() + "/run");
}

std::string state_root() {
  if (const std::string given = variable("MUSTER_STATE_DIR"); !given.empty()) return made(given);
  if (::geteuid() == 0) return made("/var/lib/muster");
  return made(state_home() + "/muster");
}

}  // namespace muster
