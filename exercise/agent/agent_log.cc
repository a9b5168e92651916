#include "exercise/agent/agent_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/keeper.h"
#include "models/moments.h"
#include "models/wording.h"

namespace muster {
namespace {

constexpr double kLines = 20;  // a second, and at once
constexpr off_t kSize = 4 << 20;

}  // namespace

AgentLog::AgentLog(std::function<void(const std::string&)> also) : also_(std::move(also)), filled_(system_clock().now()) {}

void AgentLog::write(const std::string& line) {
  const std::string whole = utc_text(system_clock().now()) + " " + printable(line) + "\n";
  if (also_) also_(whole);
  const std::string folder = state_root() + "/agent", file = folder + "/log";
  ::mkdir(folder.c_str(), 0700);
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && status.st_size > kSize) ::rename(file.c_str(), (file + ".1").c_str());
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (out.get() >= 0) write_all(out.get(), whole);
}

void AgentLog::turn() {
  const Moment now = system_clock().now();
  tokens_ = std::min(kLines, tokens_ + kLines * now.since(filled_));
  filled_ = now;
  if (left_out_ == 0 || tokens_ < kLines / 2) return;
  write(std::to_string(std::exchange(left_out_, 0)) + " more such lines were left out");
}

void AgentLog::add(const std::string& line) {
  turn();
  if (tokens_ < 1) {
    ++left_out_;
    return;
  }
  tokens_ -= 1;
  write(line);
}

void AgentLog::refusal(const std::string& peer, const std::string& why) {
  ++refused_;
  refusals_.push_back(utc_text(system_clock().now()) + " " + peer + ": " + why);
  if (refusals_.size() > 10) refusals_.pop_front();
  add(peer + ": refused: " + why);
}

}  // namespace muster
