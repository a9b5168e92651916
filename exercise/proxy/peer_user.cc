#include "exercise/proxy/peer_user.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstring>

#include "exercise/apart.h"

namespace muster::proxy {
namespace {

void put(const SocketAddress& address, __be16& port, __be32 (&host)[4]) {
  if (address.family() == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(&address.storage);
    port = four->sin_port;
    host[0] = four->sin_addr.s_addr;
    return;
  }
  const auto* six = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  port = six->sin6_port;
  std::memcpy(host, &six->sin6_addr, sizeof host);
}

}  // namespace

std::optional<uid_t> user_of_peer(const SocketAddress& here, const SocketAddress& peer) {
  if (!is_loopback(peer)) return {};
  const Descriptor link(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  const timeval patience{0, 50'000};
  if (link.get() < 0 || ::setsockopt(link.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) return {};
  struct {
    nlmsghdr header;
    inet_diag_req_v2 asked;
  } question{};
  question.header = {sizeof question, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0};
  question.asked.sdiag_family = static_cast<__u8>(peer.family());
  question.asked.sdiag_protocol = IPPROTO_TCP;
  question.asked.idiag_states = ~0u;
  question.asked.id.idiag_cookie[0] = question.asked.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  put(peer, question.asked.id.idiag_sport, question.asked.id.idiag_src);  // its own end, not ours
  put(here, question.asked.id.idiag_dport, question.asked.id.idiag_dst);
  if (::send(link.get(), &question, sizeof question, 0) < 0) return {};
  alignas(nlmsghdr) char answer[4096];
  const ssize_t size = ::recv(link.get(), answer, sizeof answer, 0);
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer);
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(inet_diag_msg))) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return {};
  return reinterpret_cast<const inet_diag_msg*>(NLMSG_DATA(header))->idiag_uid;
}

}  // namespace muster::proxy
