#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <list>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/canary_writing.h"
#include "exercise/clock.h"
#include "exercise/command.h"
#include "exercise/web.h"

namespace muster {
namespace {

constexpr double patience = 10;            // for one write, in seconds
constexpr std::size_t most_unanswered = 64;

/// Each write in a process of its own, which says "+" or why not.
class ErrandRoute : public CanaryRoute {
 public:
  ErrandRoute(const Canary& canary, const std::string& exercise, const std::string& folder, CanaryAccount& account)
      : canary_(canary), exercise_(exercise), folder_(folder), account_(&account) {}

  bool ready() const override { return errands_.size() < most_unanswered; }
  bool quiet() const override { return errands_.empty(); }

  void write(std::uint64_t number) override {
    try {
      const int death_signal = canary_.kind == Canary::Kind::command ? SIGTERM : SIGKILL;
      auto errand = std::make_unique<Errand>(death_signal, [&](int out) { write_all(out, written(number)); });
      account_->sent(number);
      errands_.push_back({number, system_clock().now(), std::move(errand)});
    } catch (const std::system_error& error) {
      account_->trouble(error.what());  // it was not sent
    }
  }

  void wait(std::int64_t until, int also) override {
    std::vector<pollfd> fds{{also, POLLIN, 0}};
    for (const auto& errand : errands_) fds.push_back({errand.work->descriptor(), POLLIN, 0});
    const std::int64_t left = std::clamp<std::int64_t>(until - system_clock().now().boot, 0, 100'000'000);
    const timespec time{left / 1'000'000'000, left % 1'000'000'000};
    ::ppoll(fds.data(), fds.size(), &time, nullptr);
    errands_.remove_if([&](Unanswered& one) { return answered(one); });
  }

 private:
  struct Unanswered {
    std::uint64_t number;
    Moment sent;
    std::unique_ptr<Errand> work;
  };

  bool answered(Unanswered& one) {
    one.work->listen();
    const double waited = system_clock().now().since(one.sent);
    if (one.work->said() == "+") {
      account_->acknowledged(one.number);
      return true;
    }
    if (one.work->over()) {
      account_->trouble(one.work->said().empty() ? "the write ended early" : one.work->said());
      return true;
    }
    return waited > patience + (canary_.kind == Canary::Kind::command ? 3 : 0);  // a command's tree is ended first
  }

  std::string written(std::uint64_t number) const {
    try {
      return canary_.kind == Canary::Kind::http ? posted(number) : ran(number);
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  std::string posted(std::uint64_t number) const {
    WebRequest request;
    request.url = filled_in(canary_.writes, exercise_, number);
    request.method = "POST";
    const int status = web_exchange(request, [](const std::string&) {}).status;
    return status / 100 == 2 ? "+" : "status " + std::to_string(status);
  }

  std::string ran(std::uint64_t number) const {
    CommandSettings settings;
    for (const auto& word : canary_.write) settings.argv.push_back(filled_in(word, exercise_, number));
    settings.env = {{"MUSTER_SEQ", std::to_string(number)}, {"MUSTER_EXERCISE", exercise_}};
    settings.folder = folder_;
    settings.timeout = patience;
    boost::asio::io_context io;
    std::string said;
    RunningCommand command(io, settings, [&](const CommandResult& result) {
      said = result.succeeded() ? "+" : result.text();
      io.stop();
    });
    boost::asio::signal_set ended(io, SIGTERM);
    ended.async_wait([&](const boost::system::error_code& error, int) {
      if (!error) command.end();
    });
    io.run();
    return said;
  }

  Canary canary_;
  std::string exercise_, folder_;
  CanaryAccount* account_;
  std::list<Unanswered> errands_;
};

}  // namespace

std::unique_ptr<CanaryRoute> errand_route(const Canary& canary, const std::string& exercise, const std::string& folder,
                                          CanaryAccount& account) {
  return std::make_unique<ErrandRoute>(canary, exercise, folder, account);
}

}  // namespace muster
