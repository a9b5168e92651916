#pragma once
#include <cstddef>
#include <vector>

#include "exercise/apart.h"

namespace muster::proxy {

/// A pipe that bytes are spliced through, without being copied.
struct Pipe {
  Descriptor in, out;  ///< in: written to
  std::size_t size = 0;
  bool there() const { return in.get() >= 0; }
};

/// Pipes of one thread, for connections that have a backlog: a descriptor is scarcer than the time to make one.
class PipePool {
 public:
  /// An empty one; there() is false where no descriptor is left for it.
  Pipe take();
  /// An empty one only: a pipe with bytes in it is dropped by its owner.
  void give_back(Pipe pipe);

 private:
  std::vector<Pipe> idle_;
};

}  // namespace muster::proxy
