#pragma once
#include <deque>
#include <memory>
#include <string>

#include "exercise/canary.h"

/// The writer's process.
namespace muster {

/// Where the writer says what it did: lines for the log, and once, to its parent, that the first write is acknowledged, or what
/// hinders it so far.
class CanaryAccount {
 public:
  CanaryAccount(int log, int parent) : log_(log), parent_(parent) {}
  void sent(std::uint64_t number);
  void acknowledged(std::uint64_t number);
  void refused(std::uint64_t number);        ///< surely not written
  void trouble(const std::string& why);
  bool log_lost() const { return log_lost_; }

 private:
  void line(char kind, std::uint64_t number);
  int log_, parent_;
  bool log_lost_ = false, first_ = true;
  std::string last_trouble_;
};

/// One way to write. What is due is sent at once or not at all.
class CanaryRoute {
 public:
  virtual ~CanaryRoute() = default;
  virtual bool ready() const = 0;            ///< whether a write can be sent now
  virtual void write(std::uint64_t number) = 0;
  /// Waits for news or until `until` (boot time), whichever is first, and takes it.
  virtual void wait(std::int64_t until, int also) = 0;  ///< `also`: a descriptor that ends the wait too
  virtual bool quiet() const = 0;            ///< nothing is unanswered
};
std::unique_ptr<CanaryRoute> postgres_route(const Canary& canary, const std::string& exercise, CanaryAccount& account);
std::unique_ptr<CanaryRoute> errand_route(const Canary& canary, const std::string& exercise, const std::string& folder,
                                          CanaryAccount& account);  ///< http and command

/// Writes until the other end of `stop` is closed.
void write_canary(CanaryRoute& route, double every, int stop);

/// Writes what comes from `in` to the file until the end, synced at most every 10 ms; tries again while the disk is full.
void keep_canary_log(int in, int file);

/// Text with {seq} and {exercise} filled in.
std::string filled_in(std::string text, const std::string& exercise, std::uint64_t number);

}  // namespace muster
