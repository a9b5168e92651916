#pragma once
#include <span>
#include <string>

struct sqlite3;

/// How the ledger's file is laid out, and how an older one becomes a newer one.
namespace muster {

/// The n-th of a list leads from version n - 1 to n: SQL, all of it or nothing.
using Migrations = std::span<const char* const>;
Migrations ledger_migrations();

/// In SQLite's application_id: the file is a ledger of Muster's.
inline constexpr int ledger_application_id = 0x4d757374;  // "Must"

/// Brings an open database to the last version; nothing where it is there. Safe against others that do the same at once. Throws
/// LedgerTrouble for a later version, for a database of something else, and when the file cannot be written.
void migrate(sqlite3* database, Migrations migrations, const std::string& file);
/// Only looks whether migrate() would have nothing to do; throws as above, and where it would.
void require_current(sqlite3* database, Migrations migrations, const std::string& file);

/// What links a row to the one before: SHA-256 over its hash ("" for the first row) and all that the row says.
std::string row_hash(const std::string& previous, std::int64_t number, const std::string& kind, const std::string& exercise,
                     const std::string& body);

}  // namespace muster
