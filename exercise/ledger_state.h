#pragma once
#include <sqlite3.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "exercise/ledger.h"
#include "exercise/ledger_schema.h"
#include "exercise/sqlite_statement.h"

/// What the ledger's own files share, and nobody else includes.
namespace muster {

// What a row says; a body that nobody can read is the ledger's trouble.
template <class Read>
auto understood(const std::string& file, std::int64_t row, Read read) {
  try {
    return read();
  } catch (const std::logic_error& error) {  // a happening's, or a missing number
    throw LedgerTrouble("row " + std::to_string(row) + " of the ledger " + file + " cannot be understood: " + error.what());
  } catch (const nlohmann::json::exception& error) {
    throw LedgerTrouble("row " + std::to_string(row) + " of the ledger " + file + " cannot be understood: " + error.what());
  }
}

struct Ledger::State {
  std::string file;
  sqlite3* database = nullptr;
  ~State() { sqlite3_close(database); }

  Statement query(const std::string& sql) const { return Statement(database, file, sql); }

  struct Last {
    std::int64_t number = 0;
    std::string hash;
  };
  Last last() const {
    Statement rows = query("SELECT number, hash FROM rows ORDER BY number DESC LIMIT 1");
    if (!rows.step()) return {};
    return {rows.number(0), rows.text(1)};
  }
  // Within a transaction.
  void add(Last& last, const std::string& kind, const std::string& exercise, const std::string& body) const {
    last.hash = row_hash(last.hash, last.number + 1, kind, exercise, body);
    ++last.number;
    Statement insert = query("INSERT INTO rows (number, kind, exercise, body, hash) VALUES (?, ?, ?, ?, ?)");
    insert.bind(1, last.number).bind(2, kind).bind(3, exercise).bind(4, body).bind(5, last.hash).run();
  }
};

}  // namespace muster
