#pragma once
#include <functional>
#include <memory>

#include "exercise/agent/secure_channel.h"

namespace boost::asio {
class io_context;
}

namespace muster {

/// Drives a channel from an event loop. Not thread-safe.
class ChannelWatch {
 public:
  /// `on_news` after each turn that the loop gave it: lines may have come, its state may be another. Not called once this is destroyed.
  ChannelWatch(boost::asio::io_context& io, SecureChannel& channel, std::function<void()> on_news);
  ~ChannelWatch();
  ChannelWatch(const ChannelWatch&) = delete;
  ChannelWatch& operator=(const ChannelWatch&) = delete;
  void look();  ///< after something was said, or the channel was closed

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace muster
