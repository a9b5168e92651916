#include "exercise/sqlite_statement.h"

#include <sqlite3.h>

#include <string>

#include "exercise/ledger.h"

namespace muster {
namespace {

std::string remedy(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return "; make room on that file system";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "; another process holds it: try again";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return "; its folder and file must be writable for you, or MUSTER_STATE_DIR name another folder";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "; keep it for an inquiry, and put back a copy or move it away to begin a new one";
    default: return "";
  }
}

}  // namespace

void fail(sqlite3* database, const std::string& file, const std::string& doing) {
  const int code = database ? sqlite3_extended_errcode(database) : SQLITE_NOMEM;
  throw LedgerTrouble("the ledger " + file + " cannot be " + doing + ": " +
                      (database ? sqlite3_errmsg(database) : "out of memory") + remedy(code));
}

void execute(sqlite3* database, const std::string& file, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(database, file, "written");
}

Statement::Statement(sqlite3* database, const std::string& file, const std::string& sql) : database_(database), file_(file) {
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) fail(database, file, "read");
}
Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int at, const std::string& text) {
  if (sqlite3_bind_text64(statement_, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK)
    fail(database_, file_, "written");
  return *this;
}
Statement& Statement::bind(int at, std::int64_t number) {
  if (sqlite3_bind_int64(statement_, at, number) != SQLITE_OK) fail(database_, file_, "written");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(database_, file_, sqlite3_stmt_readonly(statement_) ? "read" : "written");
  return false;
}

void Statement::run() {
  while (step()) {
  }
  sqlite3_reset(statement_);
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}
std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_, column); }

Transaction::Transaction(sqlite3* database, const std::string& file) : database_(database), file_(file) {
  execute(database, file, "BEGIN IMMEDIATE");
}
Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}
void Transaction::commit() {
  execute(database_, file_, "COMMIT");
  open_ = false;
}

}  // namespace muster
