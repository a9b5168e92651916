#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/guard.h"
#include "exercise/keeper.h"
#include "exercise/refused.h"

/// A file in the state folder, so that it outlives a reboot. Root's is readable by everybody and halts everybody.
namespace muster {
namespace {

using nlohmann::json;

constexpr const char* machine_wide = "/var/lib/muster/halt";

std::string own_file() { return state_root() + "/halt"; }

std::optional<Halt> halt_in(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0) return std::nullopt;
  std::ifstream in(file);
  try {
    const json j = json::parse(std::string{std::istreambuf_iterator<char>(in), {}});
    return Halt{{j.at("at").at(0), j.at("at").at(1)}, j.at("by"), j.at("why")};
  } catch (const json::exception&) {  // whoever wrote it meant to stop us
    return Halt{{}, "", file + " is there, and cannot be read"};
  }
}

void record(const std::string& what, const Halt& halt) {
  const Descriptor file(::open((state_root() + "/halts.jsonl").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  const json line{{what, {{"at", {halt.at.boot, halt.at.wall}}, {"by", halt.by}, {"why", halt.why}}}};
  if (file.get() >= 0 && write_all(file.get(), line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n")) ::fdatasync(file.get());
}

void sync_folder(const std::string& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) ::fsync(descriptor.get());
}

}  // namespace

std::optional<Halt> halt_set() {
  if (auto halt = halt_in(own_file())) return halt;
  return halt_in(machine_wide);
}

void set_halt(const Halt& halt) {
  const std::string file = own_file(), draft = file + "." + std::to_string(::getpid());
  const json j{{"at", {halt.at.boot, halt.at.wall}}, {"by", halt.by}, {"why", halt.why}};
  {
    const Descriptor out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (out.get() < 0 || !write_all(out.get(), j.dump(-1, ' ', false, json::error_handler_t::replace) + "\n") || ::fsync(out.get()) != 0)
      throw Refused({"the halt cannot be written to " + file + ": " + std::generic_category().message(errno)});
  }
  // The first one stands, with who and why.
  const bool first = ::link(draft.c_str(), file.c_str()) == 0;
  const int error = errno;
  ::unlink(draft.c_str());
  if (!first && error != EEXIST) throw Refused({"the halt cannot be written to " + file + ": " + std::generic_category().message(error)});
  if (file == machine_wide) ::chmod(state_root().c_str(), 0711);  // others look for it by its name
  sync_folder(state_root());
  record(first ? "halted" : "halted-again", halt);
}

bool lift_halt(const std::string& by, const std::string& why) {
  if (::unlink(own_file().c_str()) != 0) {
    if (errno == ENOENT) return false;
    throw Refused({"the halt cannot be lifted: " + std::generic_category().message(errno)});
  }
  sync_folder(state_root());
  record("lifted", {system_clock().now(), by, why});
  return true;
}

}  // namespace muster
