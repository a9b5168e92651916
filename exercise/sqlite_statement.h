#pragma once
#include <cstdint>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace muster {

/// Throws LedgerTrouble with SQLite's own reason and what to do about it.
[[noreturn]] void fail(sqlite3* database, const std::string& file, const std::string& doing);
/// SQL without values and results. Throws LedgerTrouble.
void execute(sqlite3* database, const std::string& file, const std::string& sql);

/// A prepared statement. A resource; values are bound from 1, columns counted from 0. Throws LedgerTrouble.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& file, const std::string& sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int at, const std::string& text);
  Statement& bind(int at, std::int64_t number);
  bool step();  ///< whether there is a row
  void run();   ///< to its end, and ready for other values
  std::string text(int column) const;
  std::int64_t number(int column) const;

 private:
  sqlite3* database_;
  std::string file_;
  sqlite3_stmt* statement_ = nullptr;
};

/// All or nothing: rolls back unless committed.
class Transaction {
 public:
  Transaction(sqlite3* database, const std::string& file);  ///< takes the write lock at once
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  sqlite3* database_;
  std::string file_;
  bool open_ = true;
};

}  // namespace muster
