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

void refuse(const std::string& file, const std::string& why) { throw LedgerTrouble("the ledger " + file + " " + why); }

// One statement is one view of the file: another process may be making it meanwhile.
struct Marks {
  std::int64_t id, version, tables;
};
Marks marks_of(sqlite3* database, const std::string& file) {
  Statement statement(database, file,
                      "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), "
                      "(SELECT count(*) FROM sqlite_schema)");
  statement.step();
  return {statement.number(0), statement.number(1), statement.number(2)};
}

std::int64_t version_of(sqlite3* database, const std::string& file, Migrations known) {
  const auto [id, version, tables] = marks_of(database, file);
  // A database that nobody has written to yet has no id.
  if (id != ledger_application_id && (id != 0 || tables > 0))
    refuse(file, "is a database of another program; move it away, or name another folder by MUSTER_STATE_DIR");
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
