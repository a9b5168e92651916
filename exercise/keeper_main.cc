#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/guarded_process.h"
#include "exercise/keeper.h"
#include "exercise/keeper_loop.h"
#include "exercise/keeper_words.h"

namespace muster {
namespace {

using nlohmann::json;

constexpr double kTurn = 0.05;             // seconds between looks at clocks and workers
constexpr double kBeat = 0.5, kSilence = 3;
constexpr double kLastWord = 5;            // seconds for the runner to say that it has heard
constexpr double kPatience = 120;

volatile std::sig_atomic_t told_to_end = 0;

/// One keeper's life: from the first word of its runner to the last verified undo.
class KeeperProcess {
 public:
  KeeperProcess(UndoList list, int channel)
      : list_(std::move(list)),
        channel_(channel),
        loop_(list_, "keeper",
              {[this](const FaultChanged& change) { tell(change); },
               [this](const std::string& fault, const std::string& why) { say({{"begun", fault}, {"why", why}}); }}) {}

  int live() {
    list_.set_keeper(this_process());
    say({{"ready", true}});
    while (!left_) {
      loop_.wait(heard_ ? std::vector<int>{channel_.get()} : std::vector<int>{}, kTurn);
      listen();
      watch_runner();
      if (told_to_end) loop_.end_all("the keeper was told to end (SIGTERM)");
      loop_.turn(heard_ && silence_ < kSilence);
      say_end();
      if (loop_.over() && (!heard_ || system_clock().now().since(ended_) > kLastWord)) break;
    }
    return loop_.remains().empty() ? 0 : 1;
  }

 private:
  void tell(const FaultChanged& change) {
    const Happening happening{system_clock().now(), change};
    keep_happening(list_.folder(), happening);
    say({{"happening", to_json_line(happening)}});
  }

  void say(const json& word) {
    if (heard_ && !write_all(channel_.get(), word.dump(-1, ' ', false, json::error_handler_t::replace) + "\n")) lose_runner();
  }

  void lose_runner() {
    heard_ = false;
    loop_.end_all("the runner died");
  }

  void listen() {
    char buffer[16384];
    while (heard_) {
      const ssize_t n = ::recv(channel_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (n < 0) return;
      if (n == 0) return lose_runner();
      silence_ = 0;
      for (const std::string& line : lines_.take(std::string_view(buffer, static_cast<std::size_t>(n)))) obey(json::parse(line));
    }
  }

  void obey(const json& word) {
    if (word.contains("begin")) loop_.begin(begin_of(word));
    else if (word.contains("end-all")) loop_.end_all(word.at("end-all"));
    else if (word.contains("leave")) left_ = loop_.over();
  }

  // Its clock is turns of ours: when the machine sleeps, or all is slow, nobody is silent.
  void watch_runner() {
    const Moment now = system_clock().now();
    const double passed = std::clamp(now.since(turned_), 0.0, 5 * kTurn);
    turned_ = now;
    silence_ += passed;
    if (heard_ && silence_ >= kSilence) loop_.end_all("the runner fell silent");
    beat_ += passed;
    if (beat_ < kBeat) return;
    beat_ = 0;
    say({{"beat", true}});
  }

  void say_end() {
    if (!loop_.over() || end_said_) return;
    end_said_ = true;
    ended_ = system_clock().now();
    say({{"all-ended", loop_.remains()}});
  }

  UndoList list_;
  Descriptor channel_;
  Lines lines_;
  KeeperLoop loop_;
  bool heard_ = true, left_ = false, end_said_ = false;
  double silence_ = 0, beat_ = 0;
  Moment turned_ = system_clock().now(), ended_;
};

// After a keeper's death, for its runner, which may die too: what happens goes to the file and to whoever still reads.
int restore(UndoList list, const Descriptor& out) {
  const auto remains = restore_all(list, "runner", "the keeper died", kPatience, [&](const FaultChanged& change) {
    const Happening happening{system_clock().now(), change};
    keep_happening(list.folder(), happening);
    write_all(out.get(), json{{"happening", to_json_line(happening)}}.dump() + "\n");
  });
  write_all(out.get(), json{{"all-ended", remains}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  return remains.empty() ? 0 : 1;
}

}  // namespace

int keeper_main(const std::vector<std::string>& arguments) try {
  if (arguments.size() != 3) return 64;
  guard_this_process();
  const int channel = std::atoi(arguments[2].c_str());
  ::fcntl(channel, F_SETFD, FD_CLOEXEC);
  UndoList list = UndoList::open(arguments[1]);
  if (arguments[0] == "restore") return restore(std::move(list), Descriptor(channel));
  ::signal(SIGTERM, [](int) { told_to_end = 1; });
  return KeeperProcess(std::move(list), channel).live();
} catch (const std::exception&) {  // nobody listens; whoever started it sees it gone, and restores
  return 1;
}

}  // namespace muster
