#pragma once
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

}  // namespace muster
