#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "exercise/proxy/link.h"

/// The threads that carry bytes.
namespace muster::proxy {

/// Work for a thread from others; outlives it, so that a late answer goes nowhere.
class Mailbox {
 public:
  Mailbox();
  void post(std::function<void()> work);
  bool has_mail() const { return full_.load(std::memory_order_acquire); }
  std::vector<std::function<void()>> take();
  int descriptor() const { return bell_.get(); }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> work_;
  std::atomic<bool> full_{false};
  Descriptor bell_;
};

/// A proxy's socket, which all threads accept from.
struct Listener {
  Descriptor socket;
  std::string proxy;
  HostPort upstream;
  std::shared_ptr<Traffic> traffic;
  std::function<std::vector<SocketAddress>(int client)> leads_to;  ///< in place of `upstream`: asked for each connection; none: it ends. Thread-safe
  unsigned mark = 0;                                               ///< of sockets to the upstream (SO_MARK); 0: none
};

/// How many connections all threads may have, and what they hold.
struct Limits {
  std::atomic<std::int64_t> room{0};    ///< connections that may still come
  std::atomic<std::int64_t> held{0};
  std::int64_t most_held = 1 << 30;
  std::uint64_t seed = 1;
  std::atomic<std::uint64_t> without_room{0};  ///< connections refused for want of room or descriptors
};

/// One thread with its own epoll. Nothing in it waits for a peer, and no turn of a connection is longer than a megabyte: what it is told
/// by call() happens within milliseconds, whatever the connections do. All but post, call and links are of its own thread.
///
/// Plain epoll, not Asio: a connection is watched once, edge-triggered, for both directions, for all its life; Asio arms each wait anew.
class Worker {
 public:
  Worker(Limits& limits, std::uint32_t number, std::uint32_t of);
  ~Worker();  ///< ends all connections and the thread
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void know(const std::vector<std::unique_ptr<Worker>>& all) { all_ = &all; }
  void start();
  void stop();  ///< ends the thread, not the connections
  void call(std::function<void()> work);  ///< returns when it is done
  int links() const { return links_.load(std::memory_order_relaxed); }

  void add(const std::shared_ptr<Listener>& listener, const std::array<ToxicChain, 2>& chains);
  void remove(const std::string& proxy);
  void accept_no_more(const std::string& proxy);  ///< but for those who wait already
  void apply(const std::string& proxy, Way way, const ToxicChain& chain);

 private:
  struct Home {
    std::shared_ptr<Listener> listener;
    std::array<ToxicChain, 2> chains;
    Watched watch;
    std::set<Link*> links;
    std::vector<Link*> asking;  ///< for the upstream's addresses
    std::uint64_t id = 0;
  };
  void run();
  void watch(int descriptor, std::uint32_t events, Watched& watched);
  bool watch_socket(int socket, Watched& watched);
  void open_mail();
  void accept_from(Home& home);
  void take_in(Home& home, Descriptor client);
  void refuse(Home& home, int client);
  void ask(Home& home, Link& link);
  void connect_next(Link& link);
  void on_socket(Link& link, bool of_client, std::uint32_t events);
  void turn(Link& link);
  void end(Link& link, bool reset);
  void arm(Link& link);
  void arm_timer();
  void run_due();
  void run_again();

  Limits& limits_;
  const std::uint32_t number_, of_;
  std::uint32_t connections_ = 0;
  const std::vector<std::unique_ptr<Worker>>* all_ = nullptr;
  std::shared_ptr<Mailbox> mailbox_;
  Descriptor epoll_, timer_, reserve_;
  Watched mail_watch_{Watched::Kind::mail, nullptr}, timer_watch_{Watched::Kind::timer, nullptr};
  Carrying carrying_;
  std::map<std::string, std::unique_ptr<Home>> homes_;
  std::set<std::pair<Nanoseconds, Link*>> times_;
  Nanoseconds timer_set_ = never;
  std::vector<Link*> again_;
  std::vector<std::unique_ptr<Link>> dead_;
  std::vector<std::unique_ptr<Home>> gone_;
  std::atomic<int> links_{0};
  std::uint64_t homes_made_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace muster::proxy
