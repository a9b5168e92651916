#include "app/interruption.h"

#include <signal.h>
#include <unistd.h>

namespace muster {
namespace {

// A signal handler reaches nothing but what is static.
std::atomic<bool> stop_wanted{false};
std::atomic<int> signal_seen{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int number) {
  if (signal_seen.exchange(number) != 0) ::_exit(128 + number);
  stop_wanted = true;
}

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Interruption::Interruption() {
  stop_wanted = false;
  signal_seen = 0;
  handle(on_signal);
}

Interruption::~Interruption() { handle(SIG_DFL); }

const std::atomic<bool>* Interruption::wanted() const { return &stop_wanted; }
void Interruption::want() { stop_wanted = true; }
int Interruption::signal() const { return signal_seen; }

EndAtOnce::EndAtOnce() {
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &both, &before_);  // threads begun from now on inherit it: nobody's handler is called
  thread_ = std::thread([this, both] {
    constexpr timespec patience{0, 100'000'000};
    while (!stop_) {
      const int signal = sigtimedwait(&both, nullptr, &patience);
      if (signal > 0) ::_exit(128 + signal);
    }
  });
}

EndAtOnce::~EndAtOnce() {
  stop_ = true;
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace muster
