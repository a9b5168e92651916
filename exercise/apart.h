#pragma once
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "models/happening.h"

/// Work in processes of their own, which die with the one that asked for it.
namespace muster {

/// A descriptor that is closed with its owner. A resource.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  int get() const { return fd_; }
  int release();
  void close();

 private:
  int fd_ = -1;
};

/// Forks. The child is in a session of its own (Ctrl-C and a closed terminal do not reach it), has default signal actions, the
/// null device as standard input, outputs and error, and of the other descriptors only those in `keep`; it does `work` and
/// ends without unwinding the parent's stack. `death_signal` comes when the parent's thread dies; 0: none. `work` must not start
/// threads when the parent has several. Throws std::system_error when there can be no more processes.
pid_t fork_apart(const std::vector<int>& keep, int death_signal, const std::function<void()>& work);

/// Waits so many seconds at most, then SIGKILL. Returns the wait status; -1 when somebody else has reaped it.
int end_process(pid_t pid, double patience);

/// A short piece of work whose result comes through a pipe. Not thread-safe; ends the process when it is destroyed.
class Errand {
 public:
  Errand(int death_signal, const std::function<void(int out)>& work);
  ~Errand();
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  int descriptor() const { return out_.get(); }  ///< readable when there is news; -1 once it is over
  bool over() const { return out_.get() < 0; }
  const std::string& said() const { return said_; }
  void listen();              ///< takes what is there, without waiting
  bool listen_for(double seconds);  ///< until it is over, so long at most; whether it is over
  bool reap();                ///< whether the process is gone, without waiting
  int status() const { return status_; }  ///< wait status, after reap() said so
  void signal(int number);

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  Descriptor out_;
  std::string said_;
};

/// All of it, however many calls it takes; false when the other end is gone or the disk is full.
bool write_all(int fd, const std::string& text);

}  // namespace muster
