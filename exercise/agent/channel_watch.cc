#include "exercise/agent/channel_watch.h"

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace muster {
namespace {

namespace asio = boost::asio;

}  // namespace

struct ChannelWatch::State : std::enable_shared_from_this<State> {
  State(asio::io_context& loop, SecureChannel& one, std::function<void()> news) : io(loop), channel(&one), descriptor(loop), on_news(std::move(news)) {}

  void begin() {
    descriptor.assign(::fcntl(channel->descriptor(), F_DUPFD_CLOEXEC, 3));
    asio::post(io, [self = shared_from_this()] { self->turn(); });
  }

  void turn() {
    if (!channel) return;
    channel->turn();
    if (const auto tell = on_news; tell) tell();
    if (channel) look();
  }

  void look() {
    if (channel->state() == SecureChannel::State::closed) return end();
    if (channel->wants_another_turn()) asio::post(io, [self = shared_from_this()] { self->turn(); });
    if (!reading) {
      reading = true;
      descriptor.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](auto error) {
        self->reading = false;
        if (!error) self->turn();
      });
    }
    if (writing || !channel->wants_to_write()) return;
    writing = true;
    descriptor.async_wait(asio::posix::stream_descriptor::wait_write, [self = shared_from_this()](auto error) {
      self->writing = false;
      if (!error) self->turn();
    });
  }

  void end() {
    boost::system::error_code ignored;
    descriptor.close(ignored);
  }

  asio::io_context& io;
  SecureChannel* channel;
  asio::posix::stream_descriptor descriptor;
  std::function<void()> on_news;
  bool reading = false, writing = false;
};

ChannelWatch::ChannelWatch(asio::io_context& io, SecureChannel& channel, std::function<void()> on_news)
    : state_(std::make_shared<State>(io, channel, std::move(on_news))) {
  state_->begin();
}

ChannelWatch::~ChannelWatch() {
  state_->channel = nullptr;
  state_->on_news = nullptr;
  state_->end();
}

void ChannelWatch::look() { state_->look(); }

}  // namespace muster
