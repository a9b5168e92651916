#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/happening.h"

/// Canary writes: numbered, one each period, from a process of their own; each acknowledgement is in a local synced file.
///
/// A write is acknowledged when the server says that it is committed (postgres), answers with a status of 2xx (http), or the
/// command ends with 0. Numbers are those of the schedule's instants, from 1: what could not be sent, for want of a connection, leaves
/// a gap. Into PostgreSQL each write goes out at its instant; a slow commit is shared by the writes that came while the one before
/// it lasted. A connection that breaks, or is silent for 5 s, is given up: what it did not answer is in doubt, and it is tried again,
/// with the name resolved anew, after 0.1 s, then later and later, 1 s at most. http writes are POSTs. In an http or command canary
/// {seq} and {exercise} stand for the number and the exercise; commands have them in MUSTER_SEQ and MUSTER_EXERCISE too.
/// The table of a postgres canary (exercise text, number bigint, written timestamptz; primary key both) is made if it is missing.
namespace muster {

struct CanaryWrite {
  std::uint64_t number = 0;
  Moment sent;
  std::optional<Moment> acknowledged;  ///< when the answer was read
  double error = 0;                    ///< seconds on either side, of instants that were told on another host's clock
};

/// Throws Refused where it could never write or read: a connection string or an address that is none.
void check_canary(const Canary& canary);

class CanaryWriter {
 public:
  /// Starts to write, from its network namespace, into FOLDER/canary.log (mode 0600). Throws Refused when the first write is not
  /// acknowledged within `patience` seconds (then nothing is running any more). The process dies with this one.
  /// A command starts in `start_in` ("": the caller's folder).
  CanaryWriter(const Canary& canary, const std::string& netns, const std::string& exercise, const std::string& folder, double patience,
               const std::string& start_in = "");
  ~CanaryWriter();
  CanaryWriter(const CanaryWriter&) = delete;
  CanaryWriter& operator=(const CanaryWriter&) = delete;
  void stop();                ///< waits 2 s at most for answers, then until the log is complete
  std::vector<int> pids() const;  ///< the writer's and its log's; empty once stopped

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What the log says, by number; a torn last line does not count, nor does a write that the server refused. Throws std::runtime_error
/// when there is none.
std::vector<CanaryWrite> read_canary_log(const std::string& file);

/// The numbers that survived. Throws std::runtime_error with the reason when it cannot be asked. An http canary's `reads` is a
/// URL of all numbers (a JSON list, or one a line) or, with {seq} in it, of one write (2xx or 404), asked for 1 to `newest`.
std::set<std::uint64_t> read_survivors(const Canary& canary, const std::string& netns, const std::string& exercise,
                                       std::uint64_t newest = 0, const std::string& start_in = "");

/// The recovery point by the format: max(0, t0 - acknowledgement of the newest write W such that W and all acknowledged writes before
/// it survived). Newest and before are by number; a write that was acknowledged at t0 itself was before it. Absent, with the reason,
/// when nothing was acknowledged before t0, and when even the first acknowledged write is gone (the loss is longer than what was
/// observed). Where the write's instant has an error, or t0 may be later by `t0_late` seconds, the longest that it can have been is
/// told, and the resolution (CanaryRead::period) is that much coarser. Pure.
CanaryRead measure_loss(const std::vector<CanaryWrite>& writes, const std::set<std::uint64_t>& survivors, const Moment& t0, double period,
                        double t0_late = 0);

}  // namespace muster
