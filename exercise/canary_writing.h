#pragma once
#include <sys/types.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "exercise/apart.h"
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

/// All that the writer's process does. What goes wrong is told as trouble.
void write_from(const Canary& canary, const std::string& netns, const std::string& exercise, const std::string& start_in,
                CanaryAccount& account, int stop);

/// Writes what comes from `in` to the file until the end, synced at most every 10 ms; tries again while the disk is full.
void keep_canary_log(int in, int file);

/// FOLDER/canary.log, made anew, and the process that keeps it, which outlives a writer, and a caller, that is killed. A resource.
class CanaryLog {
 public:
  CanaryLog() = default;
  explicit CanaryLog(const std::string& folder);  ///< throws Refused, and std::system_error
  ~CanaryLog() { end(); }
  CanaryLog(CanaryLog&& other) noexcept : lines_(std::move(other.lines_)), pid_(std::exchange(other.pid_, -1)) {}
  CanaryLog& operator=(CanaryLog&&) = delete;
  int lines() const { return lines_.get(); }  ///< where lines go
  void close() { lines_.close(); }            ///< no more of them from this process
  void end();                                 ///< waits 4 s at most until it is complete
  pid_t pid() const { return pid_; }

 private:
  Descriptor lines_;
  pid_t pid_ = -1;
};

/// Text with {seq} and {exercise} filled in.
std::string filled_in(std::string text, const std::string& exercise, std::uint64_t number);

}  // namespace muster
