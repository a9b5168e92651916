#include "exercise/faults/nftables.h"

#include <fcntl.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <thread>

#include "exercise/apart.h"

namespace muster {
namespace {

void enter_network(const std::string& netns) {
  const Descriptor file(open(("/run/netns/" + netns).c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw std::runtime_error("there is no network namespace " + netns);
  if (setns(file.get(), CLONE_NEWNET) != 0)
    throw std::runtime_error("the network namespace " + netns + " cannot be entered: " + std::strerror(errno));
}

struct Free {
  void operator()(nft_ctx* context) const { nft_ctx_free(context); }
};

}  // namespace

void in_network(const std::string& netns, const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      if (!netns.empty()) enter_network(netns);
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

FilterAnswer filter(const std::string& netns, const std::string& commands, Filtering how) {
  FilterAnswer answer;
  in_network(netns, [&] {
    const std::unique_ptr<nft_ctx, Free> context(nft_ctx_new(NFT_CTX_DEFAULT));
    if (!context) throw std::runtime_error("the packet filter's library cannot be set up");
    nft_ctx_buffer_output(context.get());
    nft_ctx_buffer_error(context.get());
    if (how == Filtering::list) nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON);
    nft_ctx_set_dry_run(context.get(), how == Filtering::rehearse);
    answer.done = nft_run_cmd_from_buffer(context.get(), commands.c_str()) == 0;
    answer.output = nft_ctx_get_output_buffer(context.get());
    answer.error = nft_ctx_get_error_buffer(context.get());
  });
  return answer;
}

}  // namespace muster
