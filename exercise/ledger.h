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
#include "models/incident.h"
#include "models/observation.h"

/// The ledger: one SQLite file (WAL, synchronous FULL) of all exercises here; rows are chained by SHA-256 and never changed.
namespace muster {

/// The ledger cannot be opened, is of a later version, or is damaged; what() says what to do.
class LedgerTrouble : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An observation from a file, with what tells it from all others: the same key is the same observation.
struct ImportedObservation {
  Observation what;
  std::string key;
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

  /// Gives it the next number, which is returned; `number` and `replaced` of what is given do not count. Throws LedgerTrouble where
  /// what it replaces is not there or was replaced before.
  std::int64_t add_incident(const Incident& incident);
  std::vector<Incident> incidents() const;  ///< oldest number first, replaced ones too

  /// Adds those whose key is not there yet, all or none, and says how many these were. `by`: who imports, `at`: now.
  std::size_t add_observations(const std::vector<ImportedObservation>& observations, const std::string& by, const Moment& at);
  std::vector<Observation> imported_observations() const;  ///< in the order in which they came
  /// All that was measured: by exercises (models/exercise_observations.h), by incidents, and imported; in this order.
  std::vector<Observation> observations() const;

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
