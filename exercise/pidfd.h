#pragma once
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/// The kernel's handles of processes; glibc 2.36 declares its own in a way that C++ cannot link.
/// Close-on-exec; -1 and errno on failure.
namespace muster {

inline int open_pidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }
inline int signal_pidfd(int file, int number) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, file, number, nullptr, 0));
}

}  // namespace muster
