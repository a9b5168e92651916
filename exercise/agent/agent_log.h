#pragma once
#include <deque>
#include <functional>
#include <string>

#include "models/happening.h"

namespace muster {

/// What an agent tells whoever runs it: lines on the standard error (of systemd's journal) and in state_root()/agent/log, mode 0600, of which two
/// of 4 MiB are kept. Not more than 20 lines a second, however many knock: the others are counted. Not thread-safe.
class AgentLog {
 public:
  explicit AgentLog(std::function<void(const std::string&)> also = nullptr);
  void add(const std::string& line);
  void refusal(const std::string& peer, const std::string& why);
  void turn();                                                ///< now and then: says how many lines were left out
  const std::deque<std::string>& refusals() const { return refusals_; }  ///< the last ten
  std::uint64_t refused() const { return refused_; }

 private:
  void write(const std::string& line);
  std::function<void(const std::string&)> also_;
  std::deque<std::string> refusals_;
  std::uint64_t refused_ = 0, left_out_ = 0;
  double tokens_ = 20;
  Moment filled_;
};

}  // namespace muster
