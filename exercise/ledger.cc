#include "exercise/ledger.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "exercise/ledger_state.h"
#include "models/exercise_record.h"
#include "models/wording.h"

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

constexpr int patience_ms = 10'000;  // for another process's write
constexpr const char* action_opened = "action";
constexpr const char* action_closed = "action-closed";

void make_durable(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

// What happened is nobody else's business: the file is made before SQLite would make it with the umask's mode.
// One that is there is left alone: to close any descriptor of it would drop the locks that this process has on it.
void make_private(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0 && errno == EEXIST) return;
  if (descriptor < 0)
    throw LedgerTrouble("the ledger " + file + " cannot be made: " + std::strerror(errno) +
                        "; its folder must be there and writable for you, or MUSTER_STATE_DIR name another one");
  ::close(descriptor);
  make_durable(std::filesystem::absolute(file).parent_path().string());
}

bool log_is_empty(const std::string& file) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(file + "-wal", missing);
  return missing || size == 0;
}

sqlite3* open_database(const std::string& file, bool read_only, bool immutable) {
  // "?" and "#" would end the path of a URI.
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string())
    uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
  if (immutable) uri += "?immutable=1";
  sqlite3* database = nullptr;
  const int flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(uri.c_str(), &database, flags, nullptr) == SQLITE_OK) return database;
  const std::string why = database ? sqlite3_errmsg(database) : "out of memory";
  sqlite3_close(database);
  throw LedgerTrouble("the ledger " + file + " cannot be opened: " + why);
}

// The change of mode does not wait for others as writes do.
void use_log(sqlite3* database, const std::string& file) {
  for (int waited = 0;; ++waited) {
    const int code = sqlite3_exec(database, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    if ((code & 0xff) != SQLITE_BUSY || waited == patience_ms / 10) fail(database, file, "written");
    ::usleep(10'000);
  }
}

void add_row(std::vector<Action>& actions, const std::string& kind, const std::string& exercise, const Json& body) {
  const auto number = body.at("number").get<std::int64_t>();
  if (kind == action_opened) {
    actions.push_back({number, exercise, body.at("text"), body.at("owner"), body.at("due"), body.at("opened"), "", "", ""});
    return;
  }
  Action& closed = actions.at(static_cast<std::size_t>(number - 1));
  closed.closed = body.at("on");
  closed.closed_by = body.at("by");
  closed.note = body.at("note");
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Ledger::Ledger(const std::string& file, bool read_only) : state_(std::make_unique<State>()) {
  state_->file = file;
  if (!read_only) make_private(file);
  state_->database = open_database(file, read_only, false);
  sqlite3*& database = state_->database;
  sqlite3_busy_timeout(database, patience_ms);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (read_only) {
    // Where the log's index neither is there nor can be made, nobody writes either.
    if (sqlite3_exec(database, "SELECT 1 FROM sqlite_schema", nullptr, nullptr, nullptr) != SQLITE_OK && log_is_empty(file)) {
      sqlite3_close(std::exchange(database, nullptr));
      database = open_database(file, true, true);
    }
    require_current(database, ledger_migrations(), file);
    return;
  }
  migrate(database, ledger_migrations(), file);
  use_log(database, file);
  execute(database, file, "PRAGMA synchronous = FULL");
}

Ledger::~Ledger() = default;

void Ledger::append(const std::string& exercise, const std::vector<Happening>& happenings) {
  if (happenings.empty()) return;
  Transaction all(state_->database, state_->file);
  State::Last last = state_->last();
  for (const Happening& h : happenings) state_->add(last, kind_of(h), exercise, to_json_line(h));
  all.commit();
}

std::vector<Happening> Ledger::happenings(const std::string& exercise) const {
  Statement rows = state_->query("SELECT number, body FROM rows WHERE exercise = ? AND kind NOT IN ('action', 'action-closed', 'incident', 'observations') ORDER BY number");
  rows.bind(1, exercise);
  std::vector<Happening> out;
  while (rows.step())
    out.push_back(understood(state_->file, rows.number(0), [&] { return happening_from_json(rows.text(1)); }));
  return out;
}

std::vector<ExerciseLine> Ledger::exercises() const {
  std::vector<ExerciseLine> out;
  std::map<std::string, std::size_t> place;
  // The predictions are most of a first row, and not told here.
  Statement rows = state_->query(
      "SELECT exercise, CASE kind WHEN 'run-began' THEN json_remove(body, '$.predictions', '$.effects') ELSE body END, number FROM rows "
      "WHERE kind IN ('run-began', 'run-ended', 'recovery', 'canary') ORDER BY number");
  while (rows.step()) {
    const std::string id = rows.text(0);
    if (!place.contains(id)) {
      place[id] = out.size();
      out.emplace_back().id = id;
    }
    ExerciseLine& line = out[place[id]];
    const Happening h = understood(state_->file, rows.number(2), [&] { return happening_from_json(rows.text(1)); });
    if (const auto* began = std::get_if<RunBegan>(&h.what)) {
      line.title = began->title;
      line.environment = began->environment;
      line.outage = began->outage;
      line.began = h.at;
      line.objective_rto = began->objective_rto;
      line.objective_rpo = began->objective_rpo;
    } else if (const auto* ended = std::get_if<RunEnded>(&h.what)) {
      line.end = *ended;
    } else if (const auto* recovery = std::get_if<RecoveryMeasured>(&h.what)) {
      line.recovery = *recovery;
    } else if (const auto* canary = std::get_if<CanaryRead>(&h.what)) {
      if (!line.canary || tells_of_more(*canary, *line.canary)) line.canary = *canary;
    }
  }
  return out;
}

std::string Ledger::full_id(const std::string& id) const {
  std::vector<std::string> all, near;
  Statement rows = state_->query("SELECT exercise FROM rows WHERE kind = 'run-began' ORDER BY number");
  while (rows.step()) all.push_back(rows.text(0));
  if (all.empty()) throw LedgerTrouble("the ledger " + state_->file + " has no exercise yet");
  if (id == "last") return all.back();
  for (const std::string& one : all) {
    if (one == id) return one;
    if (!id.empty() && one.starts_with(id)) near.push_back(one);
  }
  if (near.size() == 1) return near.front();
  if (near.size() > 1) {
    if (near.size() > 6) near.resize(6);
    throw LedgerTrouble("several exercises begin with " + in_quotes(id) + ": " + listed(near, "and"));
  }
  const std::string meant = did_you_mean(id, all);
  throw LedgerTrouble("the ledger has no exercise " + in_quotes(id) + (meant.empty() ? "; the last one is " + all.back() : meant));
}

std::int64_t Ledger::add_action(const Action& action) {
  Transaction all(state_->database, state_->file);
  Statement count = state_->query("SELECT count(*) FROM rows WHERE kind = 'action'");
  count.step();
  const std::int64_t number = count.number(0) + 1;
  State::Last last = state_->last();
  state_->add(last, action_opened, action.exercise,
              dump({{"number", number}, {"text", action.text}, {"owner", action.owner}, {"due", action.due}, {"opened", action.opened}}));
  all.commit();
  return number;
}

std::vector<Action> Ledger::actions(bool closed_too) const {
  std::vector<Action> out;
  Statement rows = state_->query("SELECT kind, exercise, body, number FROM rows WHERE kind IN ('action', 'action-closed') ORDER BY number");
  while (rows.step())
    understood(state_->file, rows.number(3), [&] { add_row(out, rows.text(0), rows.text(1), Json::parse(rows.text(2))); });
  if (!closed_too) std::erase_if(out, [](const Action& a) { return !a.closed.empty(); });
  return out;
}

void Ledger::close_action(std::int64_t number, const std::string& by, const std::string& note, const std::string& on) {
  Transaction all(state_->database, state_->file);
  const std::vector<Action> known = actions(true);
  if (number < 1 || static_cast<std::size_t>(number) > known.size())
    throw LedgerTrouble("there is no action " + std::to_string(number) + (known.empty() ? "; none was added yet" : "; they go up to " + std::to_string(known.size())));
  const Action& action = known[static_cast<std::size_t>(number - 1)];
  if (!action.closed.empty())
    throw LedgerTrouble("action " + std::to_string(number) + " was closed on " + action.closed + " already" +
                        (action.closed_by.empty() ? "" : ", by " + action.closed_by));
  State::Last last = state_->last();
  state_->add(last, action_closed, action.exercise, dump({{"number", number}, {"by", by}, {"note", note}, {"on", on}}));
  all.commit();
}

std::string Ledger::check_chain() const {
  Statement rows = state_->query("SELECT number, kind, exercise, body, hash FROM rows ORDER BY number");
  State::Last last;
  while (rows.step()) {
    if (rows.number(0) != last.number + 1)
      return "row " + std::to_string(last.number + 1) + " is missing: the next one is " + std::to_string(rows.number(0));
    last = {rows.number(0), row_hash(last.hash, rows.number(0), rows.text(1), rows.text(2), rows.text(3))};
    if (last.hash != rows.text(4))
      return "row " + std::to_string(last.number) + " (" + rows.text(1) + " of exercise " + rows.text(2) + ") or the one before it was changed: its hash is not that of what it says";
  }
  return "";
}

std::string Ledger::head() const { return state_->last().hash; }

}  // namespace muster
