#pragma once
#include <optional>

#include <sys/types.h>

#include "exercise/proxy/address.h"

namespace muster::proxy {

/// The user of this machine whose socket is the other end of a connection, as the kernel knows it; nothing for one from elsewhere.
std::optional<uid_t> user_of_peer(const SocketAddress& here, const SocketAddress& peer);

}  // namespace muster::proxy
