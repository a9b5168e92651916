#include "exercise/agent/guest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "exercise/agent/order_values.h"
#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/guard.h"
#include "exercise/refused.h"

namespace muster {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kMostAccounts = 200;

std::string accounts_folder() { return state_root() + "/agent"; }
std::string account_file(const std::string& exercise) { return accounts_folder() + "/" + exercise + ".jsonl"; }

// The oldest go: who has not asked by then will not.
void make_room() {
  std::error_code none;
  std::vector<std::pair<fs::file_time_type, fs::path>> all;
  for (const auto& entry : fs::directory_iterator(accounts_folder(), none))
    if (entry.path().extension() == ".jsonl") all.emplace_back(entry.last_write_time(none), entry.path());
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i + kMostAccounts < all.size(); ++i) fs::remove(all[i].second, none);
}

void add_line(const std::string& exercise, const json& line) {
  ::mkdir(accounts_folder().c_str(), 0700);
  const Descriptor file(::open(account_file(exercise).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() >= 0) write_all(file.get(), line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

struct Account {
  std::string owner, boot;
  std::vector<std::string> happened;
  std::vector<std::string> remains;
  bool known = false, over = false;
};

// A torn last line is what a killed process leaves.
Account read_account(const std::string& exercise) {
  Account out;
  std::ifstream in(account_file(exercise));
  for (std::string line; std::getline(in, line);) {
    const json j = json::parse(line, nullptr, false);
    if (!j.is_object()) continue;
    out.known = true;
    if (j.contains("owner")) {
      out.owner = j.at("owner");
      out.boot = j.at("boot");
    } else if (j.contains("happened")) {
      out.happened.push_back(j.at("happened"));
    } else if (j.contains("over")) {
      out.over = true;
      out.remains = j.at("over").get<std::vector<std::string>>();
    }
  }
  return out;
}

}  // namespace

Guest::Guest(boost::asio::io_context& io, std::string id, std::string owner) : io_(io), id_(std::move(id)), owner_(std::move(owner)) {}

Guest::~Guest() = default;

std::string Guest::run_folder() const { return run_root() + "/" + id_; }

void Guest::take_looked(const json& looked, const Target& target, double limit, bool commands) {
  if (keeper_ || over_) throw Refused({"the exercise has begun here, and cannot be looked at anew"});
  prepared_.clear();
  order_.clear();
  target_ = target;
  limit_ = limit;
  may_run_ = commands;
  for (const json& each : looked.at("effects")) {
    Prepared one{effect_from_json(each.at("effect")), planned_from_json(each.at("planned")), each.at("machine"), false};
    target_ = one.effect.target;
    order_.push_back(one.effect.fault);
    prepared_[one.effect.fault] = std::move(one);
  }
}

void Guest::write_undo_lines() const {
  std::string text = "How to take away by hand what exercise " + id_ + " does on this host. First try: muster exercise recover\n";
  for (auto name = order_.rbegin(); name != order_.rend(); ++name) {
    text += "\n# " + *name + " on " + target_->name + "\n";
    for (const std::string& line : prepared_.at(*name).planned.by_hand) text += line + "\n";
  }
  const Descriptor file(::open((run_folder() + "/UNDO.txt").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0 || !write_all(file.get(), text) || ::fsync(file.get()) != 0)
    throw Refused({run_folder() + "/UNDO.txt cannot be written: " + std::generic_category().message(errno)});
}

void Guest::arm(Tell tell) {
  if (keeper_ || over_) throw Refused({"the exercise has begun here already"});
  if (!target_) throw Refused({"nothing was looked at that could begin"});
  if (fs::exists(account_file(id_))) throw Refused({"an exercise of this id was here before"});
  if (const auto halt = halt_set()) throw Refused({"exercises are halted here by " + (halt->by.empty() ? "somebody" : halt->by) + (halt->why.empty() ? "" : ": " + halt->why)});
  if (::mkdir(run_folder().c_str(), 0700) != 0 && errno != EEXIST) throw Refused({run_folder() + " cannot be made: " + std::generic_category().message(errno)});
  KeeperSettings settings{id_, run_folder(), limit_, {*target_}, false};
  for (const auto& [name, one] : prepared_) settings.whole_machine |= one.machine;
  make_room();
  try {
    write_undo_lines();
    keeper_ = std::make_unique<Keeper>(io_, settings, [this](const Happening& happening) { hear(happening); });
  } catch (...) {
    std::error_code none;
    fs::remove_all(run_folder(), none);
    throw;
  }
  tell_ = std::move(tell);
  add_line(id_, {{"owner", owner_}, {"boot", boot_id()}});
}

void Guest::hear(const Happening& happening) {
  if (const auto* change = std::get_if<FaultChanged>(&happening.what)) {
    std::erase(in_effect_, change->fault);
    if (change->change != FaultChange::undone) in_effect_.push_back(change->fault);
  }
  const std::string line = to_json_line(happening);
  add_line(id_, {{"happened", line}});
  ++told_;
  if (tell_) tell_(told_, line);
}

void Guest::begin(const std::string& fault, std::optional<double> lasts, const std::optional<CommandSettings>& fence, std::function<void(std::string)> done) {
  const auto found = prepared_.find(fault);
  const char* why = !keeper_ || ending_          ? "no exercise is under way there"
                    : found == prepared_.end()   ? "no such fault was looked at there"
                    : found->second.begun        ? "it was begun before"
                    : fence && !may_run_         ? "commands of the plan are not allowed there"
                                                 : nullptr;
  if (why) return done(why);
  found->second.begun = true;
  keeper_->begin(found->second.effect, lasts, fence, std::move(done));
}

void Guest::end_all(const std::string& why, std::function<void(const std::vector<std::string>&)> done) {
  if (over_ || !keeper_) return done(remains_);
  waiting_.push_back(std::move(done));
  if (std::exchange(ending_, true)) return;
  keeper_->end_all(why, [this](const std::vector<std::string>& remains) { ended(remains); });
}

void Guest::ended(const std::vector<std::string>& remains) {
  over_ = true;
  remains_ = remains;
  add_line(id_, {{"over", remains}});
  for (const auto& tell : std::exchange(waiting_, {})) tell(remains);
  boost::asio::post(io_, [this] {  // it cannot be destroyed by its own callback
    keeper_.reset();
    std::error_code none;
    if (remains_.empty()) fs::remove_all(run_folder(), none);
  });
}

std::vector<std::string> Guest::in_effect() const { return in_effect_; }

json account_of(const std::string& exercise, const std::string& owner, std::size_t from) {
  const Account account = read_account(exercise);
  if (!account.known || account.owner != owner) return {{"known", false}};
  json happened = json::array();
  for (std::size_t i = from; i < account.happened.size(); ++i) happened.push_back(account.happened[i]);
  return {{"known", true}, {"over", account.over}, {"happened", happened}, {"remains", account.remains}, {"boot", account.boot}};
}

bool anything_to_recover() {
  for (const LeftBehind& left : look_around())
    if (!left.runner_lives && !left.keeper_lives) return true;
  return false;
}

void recover_here() {
  for (const Recovered& one : recover()) {
    const Account account = read_account(one.exercise);
    if (!account.known) continue;
    for (const Happening& happening : one.happenings) {
      const std::string line = to_json_line(happening);
      if (std::find(account.happened.begin(), account.happened.end(), line) == account.happened.end()) add_line(one.exercise, {{"happened", line}});
    }
    add_line(one.exercise, {{"over", one.remains}});
  }
}

}  // namespace muster
