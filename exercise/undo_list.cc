#include "exercise/undo_list.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/refused.h"
#include "models/fingerprint.h"

namespace muster {
namespace {

using nlohmann::json;

constexpr std::int64_t kSize = 4 << 20;               // of the preallocated file
constexpr std::size_t kReserve = 64 << 10;            // kept free for words about effects that are on the list already
constexpr std::size_t kMarks = 17;                    // 16 digits of the checksum, and a space
constexpr std::int64_t kAppendLock = 1LL << 40, kEffectLocks = 1LL << 41;  // bytes that are never written: names of locks

std::string file_in(const std::string& folder) { return folder + "/undo.list"; }

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::string checksum(const std::string& text) { return sha256_hex(text).substr(0, kMarks - 1); }

bool lock(int file, std::int64_t byte, bool wait) {
  struct flock wanted {};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = byte;
  wanted.l_len = 1;
  while (::fcntl(file, wait ? F_OFD_SETLKW : F_OFD_SETLK, &wanted) != 0)
    if (errno != EINTR) return false;
  return true;
}

void unlock(int file, std::int64_t byte) {
  struct flock wanted {};
  wanted.l_type = F_UNLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = byte;
  wanted.l_len = 1;
  ::fcntl(file, F_OFD_SETLK, &wanted);
}

void sync_folder(const std::string& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0) fail("the folder " + folder + " cannot be put on the disk");
}

json of_moment(const Moment& moment) { return {moment.boot, moment.wall}; }
Moment moment_of(const json& j) { return {j.at(0).get<std::int64_t>(), j.at(1).get<std::int64_t>()}; }
json of_identity(const ProcessIdentity& identity) { return {identity.pid, identity.start}; }
ProcessIdentity identity_of(const json& j) { return {j.at(0).get<pid_t>(), j.at(1).get<std::uint64_t>()}; }

json of_command(const CommandSettings& command) {
  return {{"argv", command.argv},
          {"netns", command.netns},
          {"folder", command.folder},
          {"env", command.env},
          {"timeout", std::isfinite(command.timeout) ? json(command.timeout) : json()},
          {"output-file", command.output_file}};
}

CommandSettings command_from(const json& j) {
  CommandSettings command;
  command.argv = j.at("argv").get<Argv>();
  command.netns = j.at("netns");
  command.folder = j.at("folder");
  command.env = j.at("env").get<std::map<std::string, std::string>>();
  command.timeout = j.at("timeout").is_null() ? HUGE_VAL : j.at("timeout").get<double>();
  command.output_file = j.at("output-file");
  return command;
}

json of_targets(const std::vector<Target>& targets) {
  json out = json::array();
  for (const Target& t : targets) out.push_back({t.name, t.netns, t.agent, t.region, t.addresses});
  return out;
}

json of_head(const UndoHead& head) {
  return {{"exercise", head.exercise},
          {"run-folder", head.run_folder},
          {"boot", head.boot},
          {"since", of_moment(head.since)},
          {"runner", of_identity(head.runner)},
          {"limit", head.limit},
          {"targets", of_targets(head.targets)}};
}

UndoHead head_from(const json& j) {
  UndoHead head{j.at("exercise"), j.at("run-folder"), j.at("boot"), moment_of(j.at("since")), identity_of(j.at("runner")), j.at("limit"), {}};
  for (const json& t : j.at("targets")) head.targets.push_back({t.at(0), t.at(1), t.at(2), t.at(3), t.at(4)});
  return head;
}

}  // namespace

nlohmann::json listed_to_json(const ListedEffect& listed) {
  return {{"effect", to_json(listed.effect)},
          {"fence", listed.fence ? of_command(*listed.fence) : json()},
          {"at", of_moment(listed.at)},
          {"lasts", listed.lasts ? json(*listed.lasts) : json()}};
}

ListedEffect listed_from_json(const nlohmann::json& j) {
  ListedEffect listed{effect_from_json(j.at("effect")), std::nullopt, moment_of(j.at("at")), std::nullopt};
  if (!j.at("fence").is_null()) listed.fence = command_from(j.at("fence"));
  if (!j.at("lasts").is_null()) listed.lasts = j.at("lasts").get<double>();
  return listed;
}

UndoList UndoList::make(const std::string& folder, const UndoHead& head) try {
  const std::string parent = std::filesystem::path(folder).parent_path();
  std::filesystem::create_directories(parent);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail("the folder " + folder + " cannot be made");
  UndoList list(folder, ::open(file_in(folder).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (list.file_ < 0) fail(file_in(folder) + " cannot be made");
  if (const int error = ::posix_fallocate(list.file_, 0, kSize)) {
    ::unlink(file_in(folder).c_str());
    throw std::system_error(error, std::generic_category(), "there is no room for " + file_in(folder));
  }
  list.append(json{{"head", of_head(head)}}.dump(), kReserve);
  if (::fsync(list.file_) != 0) fail(file_in(folder) + " cannot be put on the disk");
  sync_folder(folder);
  sync_folder(parent);
  return list;
} catch (const std::system_error& error) {
  throw Refused({std::string("what is to be undone cannot be kept: ") + error.what()});
}

UndoList UndoList::open(const std::string& folder) {
  UndoList list(folder, ::open(file_in(folder).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (list.file_ < 0) fail(file_in(folder) + " cannot be opened");
  list.refresh();
  if (list.head_.exercise.empty()) throw std::runtime_error(file_in(folder) + " says nothing of an exercise");
  return list;
}

UndoList::~UndoList() {
  if (file_ >= 0) ::close(file_);
}

UndoList::UndoList(UndoList&& other) noexcept
    : folder_(std::move(other.folder_)),
      file_(std::exchange(other.file_, -1)),
      end_(other.end_),
      head_(std::move(other.head_)),
      keeper_(other.keeper_),
      effects_(std::move(other.effects_)) {}

void UndoList::refresh() {
  std::string text;
  char buffer[16384];
  for (std::int64_t at = end_;;) {
    const ssize_t n = ::pread(file_, buffer, sizeof buffer, at);
    if (n <= 0) break;
    at += n;
    text.append(buffer, static_cast<std::size_t>(n));
    if (buffer[n - 1] == '\0') break;  // what was never written
  }
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos || end < begin + kMarks) return;
    const std::string said = text.substr(begin + kMarks, end - begin - kMarks);
    if (text.compare(begin, kMarks, checksum(said) + " ") != 0) return;  // torn; the next one to append writes over it
    take(said);
    end_ += static_cast<std::int64_t>(end + 1 - begin);
    begin = end + 1;
  }
}

void UndoList::take(const std::string& said) {
  const json j = json::parse(said);
  if (j.contains("head")) head_ = head_from(j.at("head"));
  else if (j.contains("keeper")) keeper_ = identity_of(j.at("keeper"));
  else if (j.contains("begin")) effects_.push_back(listed_from_json(j.at("begin")));
  else
    for (ListedEffect& each : effects_)
      if (each.effect.number == j.at("number").get<int>()) each.state = static_cast<EffectState>(j.at("state").get<int>());
}

void UndoList::append(const std::string& said, std::size_t keep_free) {
  const std::string line = checksum(said) + " " + said + "\n";
  if (!lock(file_, kAppendLock, true)) fail("the undo list cannot be locked");
  struct Unlock {
    int file;
    ~Unlock() { unlock(file, kAppendLock); }
  } const unlock_after{file_};
  refresh();
  if (end_ + static_cast<std::int64_t>(line.size() + keep_free) > kSize) throw std::runtime_error("the undo list is full");
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = ::pwrite(file_, line.data() + done, line.size() - done, end_ + static_cast<std::int64_t>(done));
    if (n < 0 && errno != EINTR) fail("the undo list cannot be written");
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  if (::fdatasync(file_) != 0) fail("the undo list cannot be put on the disk");
  refresh();
}

void UndoList::set_keeper(const ProcessIdentity& keeper) { append(json{{"keeper", of_identity(keeper)}}.dump(), kReserve); }

void UndoList::let_go() noexcept try {
  UndoHead head = head_;
  head.runner = {};
  append(json{{"head", of_head(head)}}.dump(), 0);
} catch (const std::exception&) {  // then its runner's death says the same
}

void UndoList::begin(const ListedEffect& effect) { append(json{{"begin", listed_to_json(effect)}}.dump(), kReserve); }

void UndoList::set_state(int number, EffectState state) {
  append(json{{"number", number}, {"state", static_cast<int>(state)}}.dump(), 0);
}

std::optional<std::int64_t> UndoList::deadline(const ListedEffect& effect) const {
  std::optional<std::int64_t> end;
  const auto bound = [&](const Moment& from, double seconds) {
    const auto at = from.boot + static_cast<std::int64_t>(seconds * 1e9);
    if (!end || at < *end) end = at;
  };
  if (effect.lasts) bound(effect.at, *effect.lasts);
  if (head_.limit > 0 && std::isfinite(head_.limit)) bound(effects_.empty() ? effect.at : effects_.front().at, head_.limit);
  return end;
}

EffectLock::EffectLock(const std::string& folder, int number, double patience)
    : file_(::open(file_in(folder).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)) {
  if (file_ < 0) fail(file_in(folder) + " cannot be opened");
  const Moment since = system_clock().now();
  while (!lock(file_, kEffectLocks + number, false)) {
    if (errno != EAGAIN && errno != EACCES) {
      ::close(file_);
      fail("the effect cannot be locked");
    }
    if (system_clock().now().since(since) > patience) {
      ::close(file_);
      throw std::runtime_error("another process is at it, and does not end");
    }
    ::poll(nullptr, 0, 20);
  }
}

EffectLock::~EffectLock() { ::close(file_); }

}  // namespace muster
