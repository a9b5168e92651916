#pragma once
#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace boost::asio {
class io_context;
}

namespace muster {

/// Work that may block, in a process of its own, and its result in the event loop. It dies with the caller. `done` is not called once this is
/// destroyed. Not thread-safe.
class ErrandWatch {
 public:
  /// `work` gives what `done` gets, or throws: then the latter gets {"refused": [REASON, …]}, also after `patience` seconds.
  ErrandWatch(boost::asio::io_context& io, double patience, const std::function<nlohmann::json()>& work, std::function<void(const nlohmann::json&)> done);
  ~ErrandWatch();
  ErrandWatch(const ErrandWatch&) = delete;
  ErrandWatch& operator=(const ErrandWatch&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace muster
