#include "exercise/apart.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "exercise/clock.h"

namespace muster {
namespace {

void close_all_but(std::vector<int> keep) {
  std::sort(keep.begin(), keep.end());
  unsigned from = 3;
  for (const int fd : keep) {
    if (fd < 3) continue;
    if (static_cast<unsigned>(fd) > from) ::close_range(from, static_cast<unsigned>(fd) - 1, 0);
    from = static_cast<unsigned>(fd) + 1;
  }
  ::close_range(from, ~0u, 0);
}

void forget_terminal_and_signals() {
  ::setsid();
  // What was meant for the parent's group, and came between the fork and now, is not for this one: to ignore it is to drop it.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(number, SIG_IGN);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

int Descriptor::release() { return std::exchange(fd_, -1); }

void Descriptor::close() {
  if (fd_ >= 0) ::close(release());
}

pid_t fork_apart(const std::vector<int>& keep, int death_signal, const std::function<void()>& work) {
  const pid_t parent = ::getpid();
  // Blocked across the fork: a handler of the parent's must not run in the child.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid != 0) {
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) throw std::system_error(error, std::generic_category(), "no process can be started");
    return pid;
  }
  try {
    if (death_signal != 0) {
      ::prctl(PR_SET_PDEATHSIG, death_signal);
      if (::getppid() != parent) ::_exit(1);  // it died before we could ask for the signal
    }
    forget_terminal_and_signals();
    close_all_but(keep);
    work();
    ::_exit(0);
  } catch (...) {
    ::_exit(1);
  }
}

int end_process(pid_t pid, double patience) {
  const Moment begin = system_clock().now();
  bool killed = false;
  for (;;) {
    int status = 0;
    const pid_t gone = ::waitpid(pid, &status, WNOHANG);
    if (gone == pid) return status;
    if (gone < 0 && errno != EINTR) return -1;
    if (!killed && system_clock().now().since(begin) >= patience) {
      ::kill(pid, SIGKILL);
      killed = true;
    }
    if (killed && system_clock().now().since(begin) >= patience + 1) return -1;  // it hangs in the kernel
    ::poll(nullptr, 0, 2);
  }
}

Errand::Errand(int death_signal, const std::function<void(int)>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "no pipe can be made");
  out_ = Descriptor(ends[0]);
  const Descriptor in(ends[1]);
  ::fcntl(out_.get(), F_SETFL, O_NONBLOCK);
  pid_ = fork_apart({in.get()}, death_signal, [&] { work(in.get()); });
}

Errand::~Errand() {
  if (!reap()) end_process(pid_, 0);
}

void Errand::listen() {
  char buffer[4096];
  while (!over()) {
    const ssize_t n = ::read(out_.get(), buffer, sizeof buffer);
    if (n > 0) {
      said_.append(buffer, static_cast<std::size_t>(n));
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
      out_.close();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

bool Errand::listen_for(double seconds) {
  const Moment begin = system_clock().now();
  for (;;) {
    listen();
    if (over()) return true;
    const double left = seconds - system_clock().now().since(begin);
    if (left <= 0) return false;
    pollfd wait{out_.get(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(std::min(left, 3600.0) * 1000) + 1);
  }
}

bool Errand::reap() {
  if (pid_ < 0) return true;
  int status = -1;
  const pid_t gone = ::waitpid(pid_, &status, WNOHANG);
  if (gone == 0 || (gone < 0 && errno == EINTR)) return false;
  pid_ = -1;
  status_ = status;
  return true;
}

void Errand::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

bool write_all(int fd, const std::string& text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t n = ::write(fd, text.data() + at, text.size() - at);
    if (n > 0)
      at += static_cast<std::size_t>(n);
    else if (n < 0 && errno != EINTR)
      return false;
  }
  return true;
}

}  // namespace muster
