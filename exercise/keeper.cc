#include "exercise/keeper.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/guarded_process.h"
#include "exercise/keeper_loop.h"
#include "exercise/keeper_words.h"
#include "exercise/refused.h"
#include "exercise/target_locks.h"
#include "exercise/undo_list.h"

namespace muster {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using nlohmann::json;

constexpr auto kBeat = std::chrono::milliseconds(500);
constexpr int kSilentBeats = 10;   // then it is taken for dead
constexpr int kReady = 5'000;      // ms until it keeps
constexpr double kPatience = 120;  // seconds, of the destructor
constexpr int kRestorers = 3;      // processes that may die restoring

bool share_target(const LeftBehind& left, const KeeperSettings& settings) {
  return std::any_of(left.targets.begin(), left.targets.end(), [&](const Target& theirs) {
    return std::any_of(settings.targets.begin(), settings.targets.end(), [&](const Target& ours) { return ours.netns == theirs.netns; });
  });
}

TargetLocks locks_for(const KeeperSettings& settings) {
  std::vector<std::string> reasons;
  const std::vector<LeftBehind> all = look_around();
  for (const LeftBehind& left : all)
    if (!left.runner_lives && !left.keeper_lives && !left.in_effect.empty() && (settings.whole_machine || left.targets.empty() || share_target(left, settings)))
      reasons.push_back("exercise " + left.exercise + " died and left the fault " + left.in_effect.front() + " in effect; put it back: muster exercise recover");
  if (!reasons.empty()) throw Refused(reasons);
  try {
    return TargetLocks(settings.targets, settings.whole_machine);
  } catch (const Refused& refused) {
    reasons = refused.reasons();
    for (const LeftBehind& left : all)
      if (left.runner_lives || left.keeper_lives) reasons.push_back("running now: exercise " + left.exercise);
    throw Refused(reasons);
  }
}

UndoHead head_of(const KeeperSettings& settings) {
  return {settings.exercise, settings.folder, boot_id(), system_clock().now(), this_process(), settings.limit, settings.targets};
}

std::pair<Descriptor, Descriptor> connected() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw Refused({"no way to speak to the keeper can be made"});
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// What it says before it is ready is that it is.
bool says_ready(int channel) {
  pollfd wait{channel, POLLIN, 0};
  char line[64];
  return ::poll(&wait, 1, kReady) == 1 && ::recv(channel, line, sizeof line, MSG_PEEK) > 0;
}

}  // namespace

struct Keeper::State : std::enable_shared_from_this<State> {
  State(asio::io_context& loop, const KeeperSettings& settings, std::function<void(const Happening&)> on_happening)
      : io(loop),
        tell(std::move(on_happening)),
        locks(locks_for(settings)),
        list_folder(state_root() + "/undo/" + settings.exercise),
        list(UndoList::make(list_folder, head_of(settings))),
        channel(loop),
        pulse(loop) {}

  void start() {
    const std::vector<int> held = locks.descriptors();
    auto [ours, theirs] = connected();
    std::vector<int> keep = held;
    keep.push_back(theirs.get());
    pid = start_self({"keeper", "keep", list_folder, std::to_string(theirs.get())}, keep);
    theirs.close();
    if (!says_ready(ours.get())) {
      end_process(pid, 0);
      std::error_code ignored;
      std::filesystem::remove_all(list_folder, ignored);
      throw Refused({"the keeper, which would undo everything, did not start"});
    }
    channel.assign(Local(), ours.release());
    read();
    beat();
  }

  // ---- while it lives

  void read() {
    channel.async_read_some(asio::buffer(buffer), [self = shared_from_this()](auto error, std::size_t n) {
      if (self->gone) return;
      if (error) return self->channel_ended();
      self->silent_beats = 0;
      for (const std::string& line : self->lines.take(std::string_view(self->buffer.data(), n))) {
        self->hear(json::parse(line));
        if (self->gone) return;
      }
      self->read();
    });
  }

  void hear(const json& word) {
    if (word.contains("happening")) tell(happening_from_json(word.at("happening").get<std::string>()));
    else if (word.contains("begun")) begun(word.at("begun"), word.at("why"));
    else if (word.contains("all-ended")) ended(word.at("all-ended").get<std::vector<std::string>>());
  }

  void begun(const std::string& fault, const std::string& why_not) {
    const auto found = beginning.find(fault);
    if (found == beginning.end()) return;
    const auto done = std::move(found->second);
    beginning.erase(found);
    done(why_not);
  }

  void ended(std::vector<std::string> left) {
    remains = std::move(left);
    all_ended = true;
    if (!lost) say({{"leave", true}});
    if (on_end) std::exchange(on_end, nullptr)(*remains);
  }

  void say(const json& word) {
    outbox.push_back(word.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    if (outbox.size() == 1) write();
  }

  void write() {
    asio::async_write(channel, asio::buffer(outbox.front()), [self = shared_from_this()](auto error, std::size_t) {
      if (self->gone || error) return;  // the reader meets the same end
      self->outbox.pop_front();
      if (!self->outbox.empty()) self->write();
    });
  }

  void beat() {
    pulse.expires_after(kBeat);
    pulse.async_wait([self = shared_from_this()](auto error) {
      if (error || self->gone || self->lost || self->all_ended) return;
      if (++self->silent_beats > kSilentBeats) return self->channel_ended();
      if (self->outbox.size() < 4) self->say({{"beat", true}});
      self->beat();
    });
  }

  // ---- when it is no more

  void channel_ended() {
    if (all_ended) return;
    if (!lost) {
      end_process(pid, 0);
      lost = true;
      tell({system_clock().now(), Noted{"keeper", "the keeper died; what is in effect is put back without it", "runner"}});
    }
    outbox.clear();
    const std::map<std::string, std::function<void(std::string)>> waiting = std::exchange(beginning, {});
    for (const auto& [fault, done] : waiting) done("the keeper died");
    restore();
  }

  void restore() {
    boost::system::error_code ignored;
    channel.close(ignored);
    lines = {};
    reap_restorer();
    if (restorers++ == kRestorers) return ended(not_undone());
    try {
      auto [ours, theirs] = connected();
      std::vector<int> keep = locks.descriptors();
      keep.push_back(theirs.get());
      restorer = start_self({"keeper", "restore", list_folder, std::to_string(theirs.get())}, keep);
      channel.assign(Local(), ours.release());
    } catch (const std::exception&) {
      pulse.expires_after(kBeat);
      return pulse.async_wait([self = shared_from_this()](auto error) {
        if (!error && !self->gone) self->restore();
      });
    }
    read();
  }

  void reap_restorer() {
    if (restorer > 0) end_process(std::exchange(restorer, 0), 1);
  }

  std::vector<std::string> not_undone() {
    std::vector<std::string> out;
    list.refresh();
    for (const ListedEffect& each : list.effects())
      if (each.state != EffectState::undone) out.push_back("fault " + each.effect.fault + " on " + each.effect.target.name + ": whoever undid it died");
    return out;
  }

  void let_go() {
    gone = true;
    pulse.cancel();
    if (!lost && !all_ended) {
      const std::string last = json{{"end-all", "the runner let go"}}.dump() + "\n";
      channel.non_blocking(false);
      write_all(channel.native_handle(), last);
    }
    boost::system::error_code ignored;
    channel.close(ignored);
    end_process(lost ? restorer : pid, kPatience);
    std::error_code none;
    if (not_undone().empty()) std::filesystem::remove_all(list_folder, none);
    else list.let_go();
  }

  asio::io_context& io;
  std::function<void(const Happening&)> tell;
  TargetLocks locks;
  std::string list_folder;
  UndoList list;
  Local::socket channel;
  asio::steady_timer pulse;
  std::array<char, 16384> buffer;
  Lines lines;
  std::deque<std::string> outbox;
  std::map<std::string, std::function<void(std::string)>> beginning;
  std::function<void(std::vector<std::string>)> on_end;
  std::optional<std::vector<std::string>> remains;
  bool lost = false, gone = false, end_asked = false, all_ended = false;
  int silent_beats = 0, restorers = 0;
  pid_t pid = 0, restorer = 0;
};

Keeper::Keeper(asio::io_context& io, const KeeperSettings& settings, std::function<void(const Happening&)> on_happening)
    : state_(std::make_shared<State>(io, settings, std::move(on_happening))) {
  state_->start();
}

Keeper::~Keeper() { state_->let_go(); }

void Keeper::begin(const Effect& effect, std::optional<double> lasts, const std::optional<CommandSettings>& fence,
                   std::function<void(std::string)> done) {
  State& s = *state_;
  if (s.lost || s.end_asked)
    return asio::post(s.io, [done = std::move(done), lost = s.lost] { done(lost ? "the keeper died" : "all effects are ending"); });
  ListedEffect listed{effect, fence, {}, lasts};
  s.beginning[effect.fault] = std::move(done);
  s.say(begin_word(listed));
}

void Keeper::end_all(const std::string& why, std::function<void(std::vector<std::string>)> done) {
  State& s = *state_;
  if (s.remains) return asio::post(s.io, [done = std::move(done), remains = *s.remains] { done(remains); });
  s.on_end = std::move(done);
  if (!s.end_asked && !s.lost) s.say({{"end-all", why}});
  s.end_asked = true;
}

bool Keeper::lost() const { return state_->lost; }
pid_t Keeper::pid() const { return state_->pid; }

}  // namespace muster
