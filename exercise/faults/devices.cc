#include "exercise/faults/devices.h"

#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/faults/nftables.h"

namespace muster {
namespace {

Device read_device(const nlmsghdr* message) {
  const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
  Device device{link->ifi_index, "", (link->ifi_flags & IFF_LOOPBACK) != 0, false};
  auto left = static_cast<int>(message->nlmsg_len - NLMSG_LENGTH(sizeof *link));
  for (const rtattr* one = IFLA_RTA(link); RTA_OK(one, left); one = RTA_NEXT(one, left)) {
    if (one->rta_type == IFLA_IFNAME) device.name = static_cast<const char*>(RTA_DATA(one));
    if (one->rta_type == IFLA_MASTER) device.enslaved = true;
  }
  return device;
}

std::vector<Device> ask_devices() {
  const Descriptor file(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  struct {
    nlmsghdr header;
    ifinfomsg link;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  const timeval patience{5, 0};
  if (file.get() < 0 || setsockopt(file.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      send(file.get(), &request, sizeof request, 0) < 0)
    throw std::runtime_error("the kernel cannot be asked for its network devices");
  std::vector<Device> devices;
  alignas(nlmsghdr) static thread_local char buffer[1 << 16];
  for (;;) {
    auto got = recv(file.get(), buffer, sizeof buffer, 0);
    if (got <= 0) throw std::runtime_error("the kernel does not tell its network devices");
    for (auto* one = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(one, got); one = NLMSG_NEXT(one, got)) {
      if (one->nlmsg_type == NLMSG_DONE) return devices;
      if (one->nlmsg_type == NLMSG_ERROR) throw std::runtime_error("the kernel does not tell its network devices");
      if (one->nlmsg_type == RTM_NEWLINK) devices.push_back(read_device(one));
    }
  }
}

}  // namespace

std::vector<Device> network_devices(const std::string& netns) {
  std::vector<Device> devices;
  in_network(netns, [&] { devices = ask_devices(); });
  return devices;
}

}  // namespace muster
