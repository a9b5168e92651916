#include "exercise/ledger_schema.h"

#include <sqlite3.h>

#include "exercise/ledger.h"
#include "exercise/sqlite_statement.h"
#include "models/fingerprint.h"

namespace muster {
namespace {

// Never edit one that was released: add the next.
constexpr const char* migrations[] = {
    R"(CREATE TABLE rows (
         number INTEGER PRIMARY KEY,
         kind TEXT NOT NULL,
         exercise TEXT NOT NULL,
         body TEXT NOT NULL,
         hash TEXT NOT NULL UNIQUE
       ) STRICT;
       CREATE INDEX rows_of_exercise ON rows (exercise, number);
       CREATE INDEX rows_of_kind ON rows (kind, number);
       CREATE TRIGGER rows_are_never_changed BEFORE UPDATE ON rows
         BEGIN SELECT raise(ABORT, 'rows of the ledger are never changed'); END;
       CREATE TRIGGER rows_are_never_removed BEFORE DELETE ON rows
         BEGIN SELECT raise(ABORT, 'rows of the ledger are never removed'); END;)",
};

std::int64_t pragma(sqlite3* database, const std::string& file, const std::string& name) {
  Statement statement(database, file, "PRAGMA " + name);
  return statement.step() ? statement.number(0) : 0;
}

void refuse(const std::string& file, const std::string& why) { throw LedgerTrouble("the ledger " + file + " " + why); }

// A database that nobody has written to yet has no id.
void require_own(sqlite3* database, const std::string& file) {
  const std::int64_t id = pragma(database, file, "application_id");
  if (id == ledger_application_id) return;
  Statement tables(database, file, "SELECT count(*) FROM sqlite_schema");
  if (id != 0 || (tables.step() && tables.number(0) > 0))
    refuse(file, "is a database of another program; move it away, or name another folder by MUSTER_STATE_DIR");
}

std::int64_t version_of(sqlite3* database, const std::string& file, Migrations known) {
  require_own(database, file);
  const std::int64_t version = pragma(database, file, "user_version");
  if (version < 0 || static_cast<std::size_t>(version) > known.size())
    refuse(file, "is of version " + std::to_string(version) + ", and this program knows versions up to " +
                     std::to_string(known.size()) + "; use the program that wrote it, or a later one");
  return version;
}

}  // namespace

Migrations ledger_migrations() { return migrations; }

void migrate(sqlite3* database, Migrations wanted, const std::string& file) {
  if (static_cast<std::size_t>(version_of(database, file, wanted)) == wanted.size()) return;
  Transaction all(database, file);
  // Another process may have done it while this one waited for the lock.
  for (auto version = static_cast<std::size_t>(version_of(database, file, wanted)); version < wanted.size(); ++version)
    execute(database, file, wanted[version]);
  execute(database, file, "PRAGMA user_version = " + std::to_string(wanted.size()));
  execute(database, file, "PRAGMA application_id = " + std::to_string(ledger_application_id));
  all.commit();
}

void require_current(sqlite3* database, Migrations wanted, const std::string& file) {
  const std::int64_t version = version_of(database, file, wanted);
  if (static_cast<std::size_t>(version) != wanted.size())
    refuse(file, "is of the older version " + std::to_string(version) + ", and can only be read here; whoever may write it must open it once");
}

std::string row_hash(const std::string& previous, std::int64_t number, const std::string& kind, const std::string& exercise,
                     const std::string& body) {
  // Lengths keep the fields apart, whatever they hold.
  std::string all = previous + "\n" + std::to_string(number);
  for (const std::string* field : {&kind, &exercise, &body}) all += "\n" + std::to_string(field->size()) + ":" + *field;
  return sha256_hex(all);
}

}  // namespace muster
