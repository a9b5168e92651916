#include "exercise/edge/flow.h"

#include <boost/asio/write.hpp>

namespace muster {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kPiece = 1 << 16, kMost = 1 << 18;  // bytes read at once, and held back at most

}  // namespace

Flow::Flow(Socket& from, Socket& to, Clock::duration delay, std::shared_ptr<void> owner, std::function<void(bool)> ended)
    : from_(from), to_(to), delay_(delay), owner_(std::move(owner)), ended_(std::move(ended)), timer_(from.get_executor()) {}

void Flow::begin(std::string already_read) {
  if (!already_read.empty()) take(std::move(already_read));
  read();
}

bool Flow::idle_for(Clock::duration time) const { return queue_.empty() && Clock::now() - last_ >= time; }

void Flow::read() {
  if (reading_ || source_ended_ || over_ || queued_ >= kMost) return;
  reading_ = true;
  buffer_.resize(kPiece);
  from_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](auto error, std::size_t size) {
    self->reading_ = false;
    if (self->over_) return;
    if (error && error != asio::error::eof) return self->end(true);
    if (error) self->source_ended_ = true;
    else self->take(self->buffer_.substr(0, size));
    self->send();
    self->read();
  });
}

void Flow::take(std::string bytes) {
  last_ = Clock::now();
  queued_ += bytes.size();
  queue_.push_back({last_ + delay_, std::move(bytes)});
  send();
}

void Flow::send() {
  if (sending_ || over_) return;
  if (queue_.empty()) {
    if (!source_ended_) return;
    boost::system::error_code ignored;
    to_.shutdown(Socket::shutdown_send, ignored);
    return end(false);
  }
  sending_ = true;
  const auto write = [self = shared_from_this()](const boost::system::error_code& cancelled) {
    if (cancelled || self->over_) return;
    asio::async_write(self->to_, asio::buffer(self->queue_.front().bytes), [self](auto error, std::size_t) {
      self->sending_ = false;
      if (self->over_) return;
      if (error) return self->end(true);
      self->last_ = Clock::now();
      self->queued_ -= self->queue_.front().bytes.size();
      self->queue_.pop_front();
      self->send();
      self->read();
    });
  };
  if (queue_.front().due <= Clock::now()) return write({});
  timer_.expires_at(queue_.front().due);
  timer_.async_wait(write);
}

void Flow::end(bool broken) {
  if (over_) return;
  over_ = true;
  timer_.cancel();
  const auto tell = std::move(ended_);
  tell(broken);
  owner_.reset();
}

}  // namespace muster
