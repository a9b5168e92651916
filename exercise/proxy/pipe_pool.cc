#include "exercise/proxy/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace muster::proxy {
namespace {

constexpr std::size_t kept = 32;
// More than what fits into a socket's buffers at once brings nothing.
constexpr int wanted_size = 512 << 10;

}  // namespace

Pipe PipePool::take() {
  if (!idle_.empty()) {
    Pipe pipe = std::move(idle_.back());
    idle_.pop_back();
    return pipe;
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return {};
  Pipe pipe{Descriptor(ends[1]), Descriptor(ends[0]), 64 << 10};
  if (const int size = ::fcntl(ends[1], F_SETPIPE_SZ, wanted_size); size > 0) pipe.size = static_cast<std::size_t>(size);
  return pipe;
}

void PipePool::give_back(Pipe pipe) {
  if (idle_.size() < kept) idle_.push_back(std::move(pipe));
}

}  // namespace muster::proxy
