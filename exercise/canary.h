#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/happening.h"

/// Canary writes: numbered, one each period, from a process of their own; each acknowledgement is in a local synced file.
namespace muster {

struct CanaryWrite {
  std::uint64_t number = 0;
  Moment sent;
  std::optional<Moment> acknowledged;
};

class CanaryWriter {
 public:
  /// Starts to write, from its network namespace, into FOLDER/canary.log. Throws Refused when the first write is not acknowledged
  /// within `patience` seconds (then nothing is running any more).
  CanaryWriter(const Canary& canary, const std::string& netns, const std::string& exercise, const std::string& folder, double patience);
  ~CanaryWriter();
  CanaryWriter(const CanaryWriter&) = delete;
  CanaryWriter& operator=(const CanaryWriter&) = delete;
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What the log says; a torn last line does not count.
std::vector<CanaryWrite> read_canary_log(const std::string& file);
/// The numbers that survived. Throws std::runtime_error with the reason when it cannot be asked.
std::set<std::uint64_t> read_survivors(const Canary& canary, const std::string& netns, const std::string& exercise);

/// The recovery point by the format: max(0, t0 - acknowledgement of the newest write W such that W and all acknowledged writes before
/// it survived). Pure.
CanaryRead measure_loss(const std::vector<CanaryWrite>& writes, const std::set<std::uint64_t>& survivors, const Moment& t0, double period);

}  // namespace muster
