#include "exercise/edge/path.h"

#include <sys/socket.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include "exercise/clock.h"
#include "exercise/edge/connections.h"
#include "exercise/edge/listening.h"
#include "exercise/proxy/forwarding.h"
#include "models/units.h"

namespace muster {
namespace {

constexpr double kIdle = 0.05;                // seconds without a byte
constexpr std::int64_t kMemory = 256 << 20;   // that toxics may hold; reading stops there
constexpr double kMost = 1e15;                // of any count: days in microseconds, and no sum overflows

std::int64_t counted(double value, double unit) { return value <= 0 ? 0 : std::max<std::int64_t>(1, std::llround(std::min(value / unit, kMost))); }

proxy::ToxicSettings settings_of(const PathToxic& t) {
  constexpr double ms = 1e-3, us = 1e-6, kilobyte = 1e3;
  switch (t.kind) {
    case PathToxic::Kind::latency:
      return proxy::LatencyToxic{counted(t.time, ms), counted(t.jitter, ms)};
    case PathToxic::Kind::bandwidth:
      return proxy::BandwidthToxic{counted(t.rate, kilobyte)};
    case PathToxic::Kind::slow_close:
      return proxy::SlowCloseToxic{counted(t.time, ms)};
    case PathToxic::Kind::timeout:
      return proxy::TimeoutToxic{counted(t.time, ms)};
    case PathToxic::Kind::reset_peer:
      return proxy::ResetPeerToxic{counted(t.time, ms)};
    case PathToxic::Kind::slicer:
      return proxy::SlicerToxic{counted(t.size, 1), counted(t.variation, 1), counted(t.time, us)};
    case PathToxic::Kind::limit_data:
      break;
  }
  return proxy::LimitDataToxic{counted(t.size, 1)};
}

proxy::SocketAddress address_of(const Endpoint& end) {
  proxy::SocketAddress out;
  out.storage = end.bytes;
  out.size = end.size();
  return out;
}

std::vector<proxy::SocketAddress> addresses_of(const std::vector<std::pair<std::string, int>>& ends) {
  std::vector<proxy::SocketAddress> out;
  for (const auto& [host, port] : ends)
    if (const auto end = endpoint(host, port)) out.push_back(address_of(*end));
  return out;
}

class Path : public Server {
 public:
  explicit Path(const PathSettings& settings) : settings_(settings), diversion_(settings.diversion), traffic_(std::make_shared<proxy::Traffic>()) {}

  std::string open(double lease) override {
    proxy::ForwardingOptions options;
    options.threads = 1;  // connections are numbered as they come, and draws are by their number
    options.memory = kMemory;
    options.seed = settings_.seed;
    forwarding_ = std::make_unique<proxy::Forwarding>(options);
    std::string what;
    if (const std::string& at = settings_.fault.listen; !at.empty()) {
      take(listen_at(at), [ends = addresses_of(settings_.ends)](int) { return ends; });
      what = "is a proxy at " + at;
    }
    if (!diversion_.endpoints4.empty() || !diversion_.endpoints6.empty()) {
      lead(lease);
      what += (what.empty() ? "" : ", and ") + ("serves what is led to port " + std::to_string(diversion_.port));
    }
    return what;
  }

  void renew(double lease) override {
    if (diverted_) renew_diversion(diversion_, "", lease);
  }

  // First the rules, then the toxics; what they held goes on at once.
  void close() override {
    if (diverted_) empty_diversion(diversion_, "");
    for (const std::string& each : listeners_) {
      for (const proxy::Way way : {proxy::Way::upstream, proxy::Way::downstream}) forwarding_->apply(each, way, std::make_shared<const std::vector<proxy::Toxic>>());
      forwarding_->accept_no_more(each);
    }
    moved_ = 0;
  }

  void finish() override {
    for (const std::string& each : listeners_) forwarding_->close(each);
    if (diverted_) remove_diversion(diversion_, "");
  }

  std::size_t busy() override {
    const Moment now = system_clock().now();
    if (const std::uint64_t moved = 1 + moved_so_far(); moved != moved_ || forwarding_->limits().held > 0) {
      moved_ = moved;
      moved_at_ = now;
    }
    return now.since(moved_at_) < kIdle ? static_cast<std::size_t>(traffic_->open) : 0;
  }

  std::string met() const override {
    const std::uint64_t met = traffic_->accepted, failed = traffic_->refused;
    const std::string none = failed == 0 ? "" : ", " + std::to_string(failed) + " of them found nobody there";
    return std::to_string(met) + (met == 1 ? " connection" : " connections") + " met it" + none;
  }

 private:
  void take(Descriptor socket, std::function<std::vector<proxy::SocketAddress>(int)> leads_to) {
    std::array<proxy::ToxicChain, 2> chains;
    const auto toxics = toxics_of(settings_.fault);
    for (std::size_t way = 0; way < chains.size(); ++way) chains[way] = std::make_shared<const std::vector<proxy::Toxic>>(toxics[way]);
    listeners_.push_back("listener " + std::to_string(listeners_.size()));
    forwarding_->take(listeners_.back(), std::move(socket), std::move(leads_to), mark_of(diversion_), chains, traffic_);
  }

  void lead(double lease) {
    Listening found = listen_anywhere(false);
    if (!found.six && !diversion_.endpoints6.empty()) throw std::runtime_error("IPv6 cannot be listened at here");
    diversion_.port = found.port;
    diversion_.six = found.six;
    for (Descriptor& each : found.tcp)
      take(std::move(each), [](int client) {
        const auto there = meant_for(client);  // nothing: nobody led it here, it came by itself
        return there ? std::vector{address_of(*there)} : std::vector<proxy::SocketAddress>{};
      });
    make_diversion(diversion_, "", lease);
    diverted_ = true;
  }

  std::uint64_t moved_so_far() const {
    std::uint64_t sum = traffic_->accepted;
    for (const std::size_t way : {0, 1}) sum += traffic_->received[way] + traffic_->sent[way];
    return sum;
  }

  PathSettings settings_;
  Diversion diversion_;
  std::shared_ptr<proxy::Traffic> traffic_;
  std::unique_ptr<proxy::Forwarding> forwarding_;
  std::vector<std::string> listeners_;
  std::uint64_t moved_ = 0;
  Moment moved_at_;
  bool diverted_ = false;
};

}  // namespace

std::unique_ptr<Server> make_path(const PathSettings& settings) { return std::make_unique<Path>(settings); }

std::array<std::vector<proxy::Toxic>, 2> toxics_of(const ProxyFault& fault) {
  std::array<std::vector<proxy::Toxic>, 2> out;
  std::uint64_t number = 0;
  for (const PathToxic& each : fault.toxics) {
    proxy::Toxic toxic;
    toxic.stream = each.upstream ? proxy::Way::upstream : proxy::Way::downstream;
    toxic.toxicity = each.share;
    toxic.settings = settings_of(each);
    toxic.id = ++number;
    toxic.name = std::string(proxy::type_of(toxic.settings)) + " " + std::to_string(number);  // by which it draws
    out[static_cast<std::size_t>(toxic.stream)].push_back(toxic);
  }
  return out;
}

std::string told(const PathToxic& t) {
  const std::string bytes = t.upstream ? "what they send" : "what they get", time = exact_duration(t.time);
  switch (t.kind) {
    case PathToxic::Kind::latency:
      return bytes + " comes " + time + " later" + (t.jitter > 0 ? ", give or take " + exact_duration(t.jitter) : "");
    case PathToxic::Kind::bandwidth:
      return bytes + " comes at " + human_size(t.rate) + "/s at most, each connection";
    case PathToxic::Kind::slow_close:
      return "the end of " + bytes + " comes " + time + " later";
    case PathToxic::Kind::timeout:
      return bytes + " is dropped" + (t.time > 0 ? ", and they are closed after " + time : "");
    case PathToxic::Kind::reset_peer:
      return std::string("they are reset ") + (t.time > 0 ? time + " after" : "at") + " the first of " + bytes;
    case PathToxic::Kind::slicer:
      return bytes + " comes in pieces of " + human_size(t.size) + (t.variation > 0 ? ", give or take " + human_size(t.variation) : "") + (t.time > 0 ? ", " + time + " apart" : "");
    case PathToxic::Kind::limit_data:
      break;
  }
  return "they are closed after " + human_size(t.size) + " of " + bytes;
}

}  // namespace muster
