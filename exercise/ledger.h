#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "models/exercise_history.h"
#include "models/happening.h"

/// The ledger: one SQLite file (WAL, synchronous FULL) of all exercises here; rows are chained by SHA-256 and never changed.
namespace muster {

/// The ledger cannot be opened, is of a later version, or is damaged; what() says what to do.
class LedgerTrouble : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A resource; one thread at a time. Several processes may have the file open.
class Ledger {
 public:
  /// Made, with mode 0600, and migrated as needed; its folder must be there. Read-only: as it is. Throws LedgerTrouble.
  explicit Ledger(const std::string& file, bool read_only = false);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  void append(const std::string& exercise, const std::vector<Happening>& happenings);  ///< durable on return. Throws LedgerTrouble
  std::vector<ExerciseLine> exercises() const;                       ///< oldest first
  std::vector<Happening> happenings(const std::string& exercise) const;  ///< empty: unknown
  std::string full_id(const std::string& id_or_its_beginning) const; ///< "last" too; throws LedgerTrouble with what is near

  std::int64_t add_action(const Action& action);
  std::vector<Action> actions(bool closed_too) const;
  void close_action(std::int64_t number, const std::string& by, const std::string& note, const std::string& on);

  /// Follows the chain from the first row; "" when every hash is right, else which row is not.
  std::string check_chain() const;
  std::string head() const;       ///< the last row's hash

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Appends in a thread of its own, so that a slow or full disk holds nothing up; keeps what could not be written and tries again.
class LedgerWriter {
 public:
  LedgerWriter(const std::string& file, const std::string& exercise);
  ~LedgerWriter();                ///< closes
  LedgerWriter(const LedgerWriter&) = delete;
  LedgerWriter& operator=(const LedgerWriter&) = delete;
  void add(const Happening& happening);      ///< returns at once
  std::string trouble() const;               ///< why something is not written yet; "" when all is
  bool flush(double seconds);                ///< whether all is written
  void close();                              ///< keeps trying for 5 s, then gives up; nothing may be added any more
  std::vector<Happening> unwritten() const;  ///< what would be lost with the writer

 private:
  struct State;                              // shared with the thread: a write that hangs in the kernel holds nobody up
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace muster
