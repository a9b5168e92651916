#include "exercise/edge/connections.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/faults/nftables.h"

namespace muster {
namespace {

constexpr int kOriginalDestination = 80;  // SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST, of headers that do not go together
constexpr std::uint16_t kNested = NLA_F_NESTED;

const sockaddr_in& four(const Endpoint& at) { return reinterpret_cast<const sockaddr_in&>(at.bytes); }
const sockaddr_in6& six(const Endpoint& at) { return reinterpret_cast<const sockaddr_in6&>(at.bytes); }
bool is_mapped(const Endpoint& at) { return at.family() == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six(at).sin6_addr); }

// ---- messages of netlink: a header, then attributes, each a length, a type and its bytes, to a multiple of four

using Bytes = std::vector<unsigned char>;

void put(Bytes& out, const void* bytes, std::size_t size) {
  const auto* from = static_cast<const unsigned char*>(bytes);
  out.insert(out.end(), from, from + size);
  out.resize((out.size() + 3) & ~std::size_t{3});
}

void put_attribute(Bytes& out, std::uint16_t type, const void* bytes, std::size_t size) {
  const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + size), type};
  const auto* begin = reinterpret_cast<const unsigned char*>(&header);
  out.insert(out.end(), begin, begin + sizeof header);
  put(out, bytes, size);
}

void put_attribute(Bytes& out, std::uint16_t type, const Bytes& nested) { put_attribute(out, type, nested.data(), nested.size()); }

Bytes request(std::uint16_t what, std::uint16_t flags, int family, const Bytes& attributes) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + sizeof(nfgenmsg) + attributes.size());
  header.nlmsg_type = static_cast<std::uint16_t>((NFNL_SUBSYS_CTNETLINK << 8) | what);
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  const nfgenmsg about{static_cast<std::uint8_t>(family), NFNETLINK_V0, 0};
  Bytes out;
  put(out, &header, sizeof header);
  put(out, &about, sizeof about);
  put(out, attributes.data(), attributes.size());
  return out;
}

struct Attribute {
  int type = 0;
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
};

std::vector<Attribute> attributes_in(const unsigned char* at, std::size_t size) {
  std::vector<Attribute> out;
  while (size >= sizeof(nlattr)) {
    nlattr header;
    std::memcpy(&header, at, sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > size) break;
    out.push_back({header.nla_type & NLA_TYPE_MASK, at + sizeof header, header.nla_len - sizeof header});
    const std::size_t step = std::min<std::size_t>((header.nla_len + 3u) & ~3u, size);
    at += step;
    size -= step;
  }
  return out;
}

std::optional<Attribute> find(const std::vector<Attribute>& all, int type) {
  for (const Attribute& each : all)
    if (each.type == type) return each;
  return std::nullopt;
}

struct Tuple {
  Endpoint from, to;
  int protocol = 0;
};

void read_address(const Attribute& a, Endpoint& out) {
  if (a.size == 4) {
    auto& at = reinterpret_cast<sockaddr_in&>(out.bytes);
    at.sin_family = AF_INET;
    std::memcpy(&at.sin_addr, a.bytes, 4);
  } else if (a.size == 16) {
    auto& at = reinterpret_cast<sockaddr_in6&>(out.bytes);
    at.sin6_family = AF_INET6;
    std::memcpy(&at.sin6_addr, a.bytes, 16);
  }
}

Tuple read_tuple(const Attribute& tuple) {
  Tuple out;
  const auto parts = attributes_in(tuple.bytes, tuple.size);
  if (const auto ip = find(parts, CTA_TUPLE_IP))
    for (const Attribute& each : attributes_in(ip->bytes, ip->size)) {
      if (each.type == CTA_IP_V4_SRC || each.type == CTA_IP_V6_SRC) read_address(each, out.from);
      if (each.type == CTA_IP_V4_DST || each.type == CTA_IP_V6_DST) read_address(each, out.to);
    }
  if (const auto proto = find(parts, CTA_TUPLE_PROTO))
    for (const Attribute& each : attributes_in(proto->bytes, proto->size)) {
      if (each.type == CTA_PROTO_NUM && each.size >= 1) out.protocol = each.bytes[0];
      if (each.size < 2) continue;
      const int port = each.bytes[0] << 8 | each.bytes[1];
      if (each.type == CTA_PROTO_SRC_PORT) out.from.set_port(port);
      if (each.type == CTA_PROTO_DST_PORT) out.to.set_port(port);
    }
  return out;
}

Bytes tuple_of(const Endpoint& from, const Endpoint& to, int protocol) {
  Bytes ip, proto, all;
  const bool v4 = from.family() == AF_INET;
  const auto put_ip = [&](int type4, int type6, const Endpoint& at) {
    if (v4) put_attribute(ip, static_cast<std::uint16_t>(type4), &four(at).sin_addr, 4);
    else put_attribute(ip, static_cast<std::uint16_t>(type6), &six(at).sin6_addr, 16);
  };
  put_ip(CTA_IP_V4_SRC, CTA_IP_V6_SRC, from);
  put_ip(CTA_IP_V4_DST, CTA_IP_V6_DST, to);
  const std::uint8_t number = static_cast<std::uint8_t>(protocol);
  const std::uint16_t ports[2] = {htons(static_cast<std::uint16_t>(from.port())), htons(static_cast<std::uint16_t>(to.port()))};
  put_attribute(proto, CTA_PROTO_NUM, &number, 1);
  put_attribute(proto, CTA_PROTO_SRC_PORT, &ports[0], 2);
  put_attribute(proto, CTA_PROTO_DST_PORT, &ports[1], 2);
  put_attribute(all, CTA_TUPLE_IP | kNested, ip);
  put_attribute(all, CTA_TUPLE_PROTO | kNested, proto);
  return all;
}

class Kernel {
 public:
  Kernel() : file_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)) {
    const timeval patience{2, 0};
    const int room = 1 << 20;
    if (file_.get() < 0 || ::setsockopt(file_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
      throw std::runtime_error("the kernel cannot be asked for its connections");
    ::setsockopt(file_.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  }

  void send(const Bytes& message) {
    if (::send(file_.get(), message.data(), message.size(), 0) < 0) throw std::runtime_error("the kernel cannot be asked for its connections");
  }

  /// Calls for each connection of an answer; the kernel's errno, 0 at a good end. `one`: the first is all.
  template <class Use>
  int each(bool one, const Use& use) {
    alignas(nlmsghdr) std::array<unsigned char, 1 << 16> buffer;
    for (;;) {
      auto got = ::recv(file_.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) return errno == 0 ? EIO : errno;
      for (auto* m = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(m, got); m = NLMSG_NEXT(m, got)) {
        if (m->nlmsg_type == NLMSG_DONE) return 0;
        if (m->nlmsg_type == NLMSG_ERROR) return -reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(m))->error;
        const auto* begin = reinterpret_cast<const unsigned char*>(NLMSG_DATA(m)) + NLMSG_ALIGN(sizeof(nfgenmsg));
        const auto* end = reinterpret_cast<const unsigned char*>(m) + m->nlmsg_len;
        if (begin <= end) use(attributes_in(begin, static_cast<std::size_t>(end - begin)));
        if (one) return 0;
      }
    }
  }

 private:
  Descriptor file_;
};

std::optional<Endpoint> asked(int file, int level) {
  Endpoint at;
  socklen_t size = sizeof at.bytes;
  if (::getsockopt(file, level, kOriginalDestination, &at.bytes, &size) != 0) return std::nullopt;
  return at;
}

template <class Ask>
Endpoint end_of(int file, const Ask& ask) {
  Endpoint at;
  socklen_t size = sizeof at.bytes;
  ask(file, reinterpret_cast<sockaddr*>(&at.bytes), &size);
  return at;
}

}  // namespace

socklen_t Endpoint::size() const { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

int Endpoint::port() const { return ntohs(family() == AF_INET6 ? six(*this).sin6_port : four(*this).sin_port); }

void Endpoint::set_port(int port) {
  const auto network = htons(static_cast<std::uint16_t>(port));
  if (family() == AF_INET6) reinterpret_cast<sockaddr_in6&>(bytes).sin6_port = network;
  else reinterpret_cast<sockaddr_in&>(bytes).sin_port = network;
}

std::string Endpoint::address() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_mapped(*this)) ::inet_ntop(AF_INET, six(*this).sin6_addr.s6_addr + 12, text, sizeof text);
  else if (family() == AF_INET6) ::inet_ntop(AF_INET6, &six(*this).sin6_addr, text, sizeof text);
  else ::inet_ntop(AF_INET, &four(*this).sin_addr, text, sizeof text);
  return text;
}

std::string Endpoint::text() const {
  const std::string host = address();
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port());
}

bool Endpoint::same(const Endpoint& other) const { return port() == other.port() && address() == other.address(); }

std::optional<Endpoint> endpoint(const std::string& address, int port) {
  Endpoint at;
  auto& v4 = reinterpret_cast<sockaddr_in&>(at.bytes);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(at.bytes);
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) v4.sin_family = AF_INET;
  else if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) v6.sin6_family = AF_INET6;
  else return std::nullopt;
  at.set_port(port);
  return at;
}

Endpoint local_end(int file) {
  return end_of(file, [](auto... all) { return ::getsockname(all...); });
}
Endpoint remote_end(int file) {
  return end_of(file, [](auto... all) { return ::getpeername(all...); });
}

std::optional<Endpoint> meant_for(int file) {
  const Endpoint here = local_end(file);
  const auto there = asked(file, here.family() == AF_INET6 && !is_mapped(here) ? SOL_IPV6 : SOL_IP);
  if (!there || there->same(here)) return std::nullopt;
  return there;
}

std::optional<Endpoint> datagram_meant_for(const Endpoint& local, const Endpoint& remote) try {
  Kernel kernel;
  Bytes attributes;
  // What the kernel expects in answer goes from us to the one who asked.
  put_attribute(attributes, CTA_TUPLE_REPLY | kNested, tuple_of(local, remote, IPPROTO_UDP));
  kernel.send(request(IPCTNL_MSG_CT_GET, 0, local.family(), attributes));
  std::optional<Endpoint> found;
  kernel.each(true, [&](const std::vector<Attribute>& all) {
    if (const auto original = find(all, CTA_TUPLE_ORIG)) found = read_tuple(*original).to;
  });
  if (found && found->same(local)) return std::nullopt;
  return found;
} catch (const std::exception&) {
  return std::nullopt;
}

void forget_datagrams(int led_to, const std::vector<int>& going_to) {
  Kernel asking, telling;
  std::vector<std::pair<int, Bytes>> doomed;
  for (const int family : {AF_INET, AF_INET6}) {
    asking.send(request(IPCTNL_MSG_CT_GET, NLM_F_DUMP, family, {}));
    const int error = asking.each(false, [&](const std::vector<Attribute>& all) {
      const auto original = find(all, CTA_TUPLE_ORIG), reply = find(all, CTA_TUPLE_REPLY);
      if (!original || !reply) return;
      const Tuple there = read_tuple(*original), back = read_tuple(*reply);
      if (there.protocol != IPPROTO_UDP) return;
      const bool led = led_to != 0 && back.from.port() == led_to && there.to.port() != led_to;
      if (led || std::find(going_to.begin(), going_to.end(), there.to.port()) != going_to.end())
        doomed.emplace_back(there.from.family(), Bytes(original->bytes, original->bytes + original->size));
    });
    if (error != 0) throw std::runtime_error(std::string("the kernel does not tell its connections: ") + std::strerror(error));
  }
  for (const auto& [family, tuple] : doomed) {
    Bytes attributes;
    put_attribute(attributes, CTA_TUPLE_ORIG | kNested, tuple);
    telling.send(request(IPCTNL_MSG_CT_DELETE, NLM_F_ACK, family, attributes));
    telling.each(true, [](const auto&) {});  // ENOENT: it has ended meanwhile
  }
}

std::string missing_for_connections(const std::string& netns) {
  std::string missing;
  in_network(netns, [&] {
    try {
      Kernel kernel;
      kernel.send(request(IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_INET, {}));
      if (const int error = kernel.each(false, [](const auto&) {}); error != 0)
        missing = std::string("this kernel does not tell its connections (nf_conntrack_netlink): ") + std::strerror(error);
    } catch (const std::exception& error) {
      missing = error.what();
    }
  });
  return missing;
}

}  // namespace muster
