#include "exercise/proxy/link.h"

#include <sys/socket.h>

namespace muster::proxy {

Link::Link(Descriptor accepted, std::shared_ptr<Traffic> of_proxy, Carrying& carrying, const Luck& luck)
    : traffic(std::move(of_proxy)),
      client{std::move(accepted)},
      up(Way::upstream, client, server, *traffic, carrying, luck),
      down(Way::downstream, server, client, *traffic, carrying, luck) {
  traffic->open.fetch_add(1, std::memory_order_relaxed);
}

Link::~Link() { traffic->open.fetch_sub(1, std::memory_order_relaxed); }

void Link::reset_both() {
  const linger at_once{1, 0};
  for (const Side* side : {&client, &server})
    if (side->socket.get() >= 0) ::setsockopt(side->socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace muster::proxy
