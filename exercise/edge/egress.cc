#include "exercise/edge/egress.h"

#include <sys/socket.h>

#include <map>
#include <stdexcept>

#include "exercise/accepting.h"
#include "exercise/edge/listening.h"
#include "exercise/edge/passage.h"

namespace muster {
namespace {

namespace asio = boost::asio;

class Egress : public Server {
 public:
  Egress(asio::io_context& io, const EgressSettings& settings) : io_(io), diversion_(settings.diversion), rule_(settings.fault, settings.seed) {}

  std::string open(double lease) override {
    std::string what;
    if (const std::string& at = rule_.fault().listen; !at.empty()) {
      listeners_.push_back(std::make_unique<Accepting>(io_, listen_at(at), at[0] == '[', [this](auto socket) { take(std::move(socket), false); }));
      what = "is a proxy at " + at;
    }
    if (!diversion_.tcp.empty()) {
      Listening found = listen_anywhere(false);
      for (Descriptor& each : found.tcp) {
        const bool six = local_end(each.get()).family() == AF_INET6;
        listeners_.push_back(std::make_unique<Accepting>(io_, std::move(each), six, [this](auto socket) { take(std::move(socket), true); }));
      }
      diversion_.port = found.port;
      diversion_.six = found.six;
      make_diversion(diversion_, "", lease);
      diverted_ = true;
      what += (what.empty() ? "" : ", and ") + ("serves what is led to port " + std::to_string(found.port));
    }
    return what;
  }

  void renew(double lease) override {
    if (diverted_) renew_diversion(diversion_, "", lease);
  }

  void close() override {
    closing_ = true;
    if (diverted_) empty_diversion(diversion_, "");
    for (auto& listener : listeners_) listener->close();
    sweep();
  }

  void finish() override {
    for (const auto& [number, passage] : std::map(passages_))
      if (const auto alive = passage.lock()) alive->cut();
    if (diverted_) remove_diversion(diversion_, "");
  }

  std::size_t busy() override {
    sweep();
    return passages_.size();
  }

  std::string met() const override {
    return std::to_string(struck_) + (struck_ == 1 ? " connection" : " connections") + " met it, " + std::to_string(passed_) + " passed";
  }

 private:
  void take(asio::ip::tcp::socket socket, bool led) {
    PassageTerms terms;
    if (led) {
      terms.destination = meant_for(socket.native_handle());
      if (!terms.destination) return;  // nobody led it here: it came by itself
      terms.mark = mark_of(diversion_);
    } else if (diverted_) {
      terms.mark = mark_of(diversion_);
    }
    const std::uint64_t number = ++count_;
    terms.rule = &rule_;
    terms.number = number;
    terms.judged = [this](bool struck) { ++(struck ? struck_ : passed_); };
    terms.over = [this, number] { passages_.erase(number); };
    const auto passage = begin_passage(io_, std::move(socket), std::move(terms));
    passages_[number] = passage;
  }

  // Its end takes a passage out of the list.
  void sweep() {
    if (!closing_) return;
    const auto all = passages_;
    for (const auto& [number, passage] : all)
      if (const auto alive = passage.lock()) alive->close();
      else passages_.erase(number);
  }

  asio::io_context& io_;
  Diversion diversion_;
  OutageRule rule_;
  std::vector<std::unique_ptr<Accepting>> listeners_;
  std::map<std::uint64_t, std::weak_ptr<Passage>> passages_;
  std::uint64_t count_ = 0, struck_ = 0, passed_ = 0;
  bool diverted_ = false, closing_ = false;
};

}  // namespace

std::unique_ptr<Server> make_egress(asio::io_context& io, const EgressSettings& settings) { return std::make_unique<Egress>(io, settings); }

}  // namespace muster
