#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/faults/kinds.h"
#include "exercise/faults/pressure.h"
#include "exercise/faults/words.h"
#include "exercise/keeper.h"
#include "exercise/refused.h"

/// A file system filled by an unlinked file, which goes with the process that has it open. A share is what is in use, of its size,
/// once it is in effect; a size is what the file takes. `keep` of the file system stays free in any case.
namespace muster {
namespace {

using nlohmann::json;

constexpr double kLargestStep = 64 << 20;

struct Room {
  double size = 0, used = 0, available = 0;  ///< bytes; `available` to who fills it
};

Room room_of(const std::string& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) throw std::runtime_error(path + ": " + std::strerror(errno));
  const auto unit = static_cast<double>(status.f_frsize);
  const double free = static_cast<double>(::geteuid() == 0 ? status.f_bfree : status.f_bavail) * unit;
  const double size = static_cast<double>(status.f_blocks) * unit;
  return {size, size - static_cast<double>(status.f_bfree) * unit, free};
}

// What the file may take so that neither the share nor what is kept free is passed.
double bound_of(const json& s, const Room& room) {
  const double most = room.available - s.at("keep").get<double>() * room.size;
  const double wanted = s.at("bytes").is_null() ? s.at("share").get<double>() * room.size - room.used : s.at("bytes").get<double>();
  return std::max(0.0, std::min(wanted, most));
}

// None where there is nothing of this name (yet).
std::optional<dev_t> device_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_dev;
}

// Where the file has its name, for the instant before it is unlinked; the kernel goes on telling the name of whoever has it open.
std::string name_of(const Effect& effect) { return json::parse(effect.settings).at("path").get<std::string>() + "/" + effect_name(effect); }

Descriptor nameless_file(const std::string& path) {
  ::unlink(path.c_str());
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) throw std::runtime_error(path + " cannot be made: " + std::strerror(errno));
  if (::unlink(path.c_str()) != 0) throw std::runtime_error(path + " cannot be unlinked: " + std::strerror(errno));
  return file;
}

bool grow(int file, double from, double by) {
  const int error = ::posix_fallocate(file, static_cast<off_t>(from), static_cast<off_t>(by));
  if (error == 0) return true;
  if (error == ENOSPC || error == EFBIG || error == EDQUOT) return false;
  throw std::runtime_error(std::string("the file cannot grow: ") + std::strerror(error));
}

/// Grows the file towards its bound, which is looked at anew at each step; what others free meanwhile is not filled up later.
double fill(int file, const json& settings, const std::string& path) {
  double size = 0;
  const auto wanted = [&] { return bound_of(settings, room_of(path)) + (settings.at("bytes").is_null() ? 0 : -size); };
  for (double step = kLargestStep; step >= 4096;) {
    const double next = std::min(step, std::floor(wanted() / 4096) * 4096);
    if (next < 4096) break;
    if (grow(file, size, next)) size += next;
    else step = std::floor(std::min(step, next) / 2 / 4096) * 4096;
  }
  return size;
}

class DiskKind : public FaultKind {
 public:
  std::string name() const override { return "disk"; }
  LastResort last_resort() const override { return LastResort::fuse; }
  bool takes_machine() const override { return true; }
  std::vector<std::string> missing(const Target&) const override { return {}; }

  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const auto& wanted = std::get<DiskFault>(fault.settings);
    struct stat status {};
    if (::stat(wanted.path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) throw Refused({"there is no folder " + wanted.path + " to fill"});
    for (const std::string& own : {state_root(), run_root(), around.folder})
      if (const auto device = device_of(own); device == status.st_dev)
        throw Refused({wanted.path + " is on the file system on which Muster itself keeps what it must undo (" + own + "); put MUSTER_STATE_DIR and MUSTER_RUN_DIR elsewhere"});
    const json settings{{"path", wanted.path},
                        {"device", status.st_dev},
                        {"bytes", wanted.bytes ? json(*wanted.bytes) : json()},
                        {"share", wanted.share ? json(*wanted.share) : json()},
                        {"keep", wanted.keep},
                        {"ends-in", pressure_end(fault, around)}};
    const Room room = room_of(wanted.path);
    if (bound_of(settings, room) < 4096)
      throw Refused({wanted.path + " is as full already: " + shown_bytes(room.used) + " of " + shown_bytes(room.size) + " are in use, and " +
                     std::to_string(std::lround(wanted.keep * 100)) + "% must stay free"});
    if (wanted.bytes && bound_of(settings, room) < *wanted.bytes)
      throw Refused({"there is no room for " + shown_bytes(*wanted.bytes) + " on " + wanted.path + ": " + shown_bytes(room.available) + " are free, of which " +
                     std::to_string(std::lround(wanted.keep * 100)) + "% of its size must stay free"});
    return {around.exercise, fault.name, 0, name(), target, settings.dump(), around.folder};
  }

  PlannedEffect describe(const Effect& effect) const override {
    const json s = json::parse(effect.settings);
    const std::string path = s.at("path");
    const std::string what = s.at("bytes").is_null() ? "until " + std::to_string(std::lround(s.at("share").get<double>() * 100)) + "% of it are in use"
                                                     : "by " + shown_bytes(s.at("bytes").get<double>());
    PlannedEffect plan;
    plan.fault = effect.fault;
    plan.target = effect.target.name;
    plan.does = {"fills the file system of " + path + " " + what + ", by an unlinked file that a process has open; " +
                 std::to_string(std::lround(s.at("keep").get<double>() * 100)) + "% stay free in any case"};
    plan.undone_by = {"killing that process, with which the file goes; it ends by itself too"};
    plan.by_hand = pressure_by_hand(effect);
    plan.by_hand.push_back("rm -f " + as_typed(name_of(effect)));
    return plan;
  }

  void apply(const Effect& effect, double) const override {
    const json s = json::parse(effect.settings);
    const std::string path = s.at("path"), name = name_of(effect);
    if (device_of(path) != s.at("device").get<dev_t>()) throw std::runtime_error("another file system is at " + path + " now");
    begin_pressure(effect, {0, s.at("ends-in"), "", 0}, [&s, path, name](const auto& ready) {
      Descriptor file = nameless_file(name);
      const double size = fill(file.get(), s, path);
      if (size < 4096) throw std::runtime_error("nothing of " + path + " could be filled");
      file.release();  // it stays open until the process ends
      ready("holds " + shown_bytes(size) + " of " + path);
    });
  }
  void undo(const Effect& effect) const override {
    end_pressure(effect);
    const std::string name = name_of(effect);
    if (::unlink(name.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) throw std::runtime_error(name + " cannot be unlinked: " + std::strerror(errno));
  }
  Sight check(const Effect& effect) const override {
    try {
      Sight sight = see_pressure(effect);
      // Whoever was killed between making and unlinking it left its name, and nothing in it.
      struct stat left {};
      if (sight.presence == Presence::gone && ::lstat(name_of(effect).c_str(), &left) == 0) sight = {Presence::inert, "no process presses, but there is " + name_of(effect)};
      return sight;
    } catch (const std::exception& error) {
      return {Presence::unknown, error.what()};
    }
  }
};

}  // namespace

const FaultKind& disk_kind() {
  static const DiskKind kind;
  return kind;
}

}  // namespace muster
