#pragma once
#include <string>
#include <vector>

#include "exercise/apart.h"

/// One port of this network for all that is led there: IPv4 and, where there is one, IPv6; TCP and, where it is asked for, datagrams.
namespace muster {

struct Listening {
  int port = 0;
  bool six = false;                     ///< IPv6 too
  std::vector<Descriptor> tcp, udp;     ///< listening; bound. Neither blocks
};
/// A free port, on all addresses: what is led there arrives at whichever the kernel takes. Throws std::runtime_error.
Listening listen_anywhere(bool datagrams);

/// At an address, "127.0.0.1:3128" or "[::1]:3128". Throws std::runtime_error with why it cannot.
Descriptor listen_at(const std::string& host_and_port);

}  // namespace muster
