#include "exercise/agent/errand_watch.h"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "exercise/apart.h"
#include "exercise/refused.h"

namespace muster {
namespace {

namespace asio = boost::asio;
using nlohmann::json;
constexpr auto kLook = std::chrono::milliseconds(5);

void perform(const std::function<json()>& work, int out) {
  json result;
  try {
    result = work();
  } catch (const Refused& refused) {
    result = {{"refused", refused.reasons()}};
  } catch (const std::exception& error) {
    result = {{"refused", {error.what()}}};
  }
  write_all(out, result.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

struct ErrandWatch::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, double patience, const std::function<json()>& work, std::function<void(const json&)> tell)
      : timer(io), until(std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<long>(patience * 1000))), done(std::move(tell)), errand(SIGKILL, [&](int out) { perform(work, out); }) {}

  void watch() {
    timer.expires_after(kLook);
    timer.async_wait([self = shared_from_this()](auto error) {
      if (!error && self->done) self->look();
    });
  }

  void look() {
    errand.listen();
    const bool ended = errand.over() && errand.reap(), late = std::chrono::steady_clock::now() > until;
    if (!ended && !late) return watch();
    json result = ended ? json::parse(errand.said(), nullptr, false) : json();
    if (!ended) errand.signal(SIGKILL);
    if (!result.is_object()) result = {{"refused", {ended ? "whoever looked died" : "looking took too long, and was ended"}}};
    std::exchange(done, nullptr)(result);
  }

  asio::steady_timer timer;
  std::chrono::steady_clock::time_point until;
  std::function<void(const json&)> done;
  Errand errand;
};

ErrandWatch::ErrandWatch(asio::io_context& io, double patience, const std::function<json()>& work, std::function<void(const json&)> done)
    : state_(std::make_shared<State>(io, patience, work, std::move(done))) {
  state_->watch();
}

ErrandWatch::~ErrandWatch() {
  state_->done = nullptr;
  state_->timer.cancel();
}

}  // namespace muster
