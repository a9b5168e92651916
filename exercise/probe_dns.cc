#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "exercise/answer.h"
#include "models/wording.h"

namespace muster {
namespace {

/// The resolver's settings of where this process runs, read anew.
class Resolver {
 public:
  Resolver() {
    if (::res_ninit(&state_) != 0) throw std::runtime_error("the resolver's settings cannot be read");
  }
  ~Resolver() { ::res_nclose(&state_); }
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  res_state get() { return &state_; }

  /// Asks that server alone: ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT.
  void set_server(const std::string& server) {
    std::string address = server;
    int port = 53;
    const auto colon = server.rfind(':');
    const bool bracketed = !server.empty() && server.front() == '[';
    if (bracketed || (colon != std::string::npos && server.find(':') == colon)) {
      const auto end = bracketed ? server.find(']') : colon;
      if (end == std::string::npos) throw std::invalid_argument("'" + server + "' is no address");
      address = server.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0));
      const auto digits = server.find(':', end);
      if (digits != std::string::npos) port = std::atoi(server.c_str() + digits + 1);
    }
    state_.nscount = 1;
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
      state_.nsaddr_list[0] = v4;
      return;
    }
    // The library keeps IPv6 servers beside the list, where its entry has no family; res_nclose frees them.
    auto* const v6 = static_cast<sockaddr_in6*>(std::calloc(1, sizeof(sockaddr_in6)));
    if (v6 == nullptr) throw std::bad_alloc();
    v6->sin6_family = AF_INET6;
    v6->sin6_port = v4.sin_port;
    if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) != 1) {
      std::free(v6);
      throw std::invalid_argument("'" + server + "' is no address");
    }
    state_.nsaddr_list[0].sin_family = 0;
    std::free(state_._u._ext.nsaddrs[0]);
    state_._u._ext.nsaddrs[0] = v6;
    state_._u._ext.nscount = 1;
  }

 private:
  struct __res_state state_ {};
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string without_dot(std::string name) {
  if (name.size() > 1 && name.back() == '.') name.pop_back();
  return lower(name);
}

/// An address in its shortest form, another text as it is: so that 2001:DB8:0::1 is 2001:db8::1.
std::string canonical(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1)
    return ::inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
  return without_dot(text);
}

std::string name_at(const ns_msg& message, const unsigned char* at) {
  std::array<char, NS_MAXDNAME> name{};
  if (::dn_expand(ns_msg_base(message), ns_msg_end(message), at, name.data(), static_cast<int>(name.size())) < 0)
    throw std::runtime_error("the answer is damaged");
  return without_dot(name[0] == '\0' ? "." : name.data());
}

std::string text_of(const ns_msg& message, const ns_rr& record) {
  const unsigned char* const bytes = ns_rr_rdata(record);
  const std::size_t size = ns_rr_rdlen(record);
  const auto need = [&](std::size_t n) {
    if (size < n) throw std::runtime_error("the answer is damaged");
  };
  std::array<char, INET6_ADDRSTRLEN> address{};
  switch (ns_rr_type(record)) {
    case ns_t_a:
      need(4);
      return ::inet_ntop(AF_INET, bytes, address.data(), address.size());
    case ns_t_aaaa:
      need(16);
      return ::inet_ntop(AF_INET6, bytes, address.data(), address.size());
    case ns_t_mx:
      need(3);
      return std::to_string(ns_get16(bytes)) + " " + name_at(message, bytes + 2);
    case ns_t_srv:
      need(7);
      return std::to_string(ns_get16(bytes)) + " " + std::to_string(ns_get16(bytes + 2)) + " " +
             std::to_string(ns_get16(bytes + 4)) + " " + name_at(message, bytes + 6);
    case ns_t_txt: {
      std::string text;  // its strings, joined
      for (std::size_t at = 0; at < size; at += 1 + bytes[at]) {
        need(at + 1 + bytes[at]);
        text.append(reinterpret_cast<const char*>(bytes + at + 1), bytes[at]);
      }
      return text;
    }
    default:  // CNAME, NS, PTR, SOA begin with a name
      need(1);
      return name_at(message, bytes);
  }
}

std::vector<std::string> records(const ns_msg& message, int type) {
  std::vector<std::string> out;
  ns_msg copy = message;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (::ns_parserr(&copy, ns_s_an, i, &record) != 0) throw std::runtime_error("the answer is damaged");
    if (static_cast<int>(ns_rr_type(record)) == type) out.push_back(text_of(message, record));
  }
  return out;
}

std::string shown(const std::vector<std::string>& texts) {
  const std::string out = joined(texts);
  return out.size() > 200 ? out.substr(0, 197) + "..." : out;
}

}  // namespace

int dns_type(const std::string& name) {
  static const std::pair<const char*, int> types[] = {{"A", ns_t_a},       {"AAAA", ns_t_aaaa}, {"CNAME", ns_t_cname},
                                                      {"MX", ns_t_mx},     {"NS", ns_t_ns},     {"PTR", ns_t_ptr},
                                                      {"SOA", ns_t_soa},   {"SRV", ns_t_srv},   {"TXT", ns_t_txt}};
  for (const auto& [known, type] : types)
    if (known == name) return type;
  throw std::invalid_argument("'" + name + "' is none of the record types A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT");
}

Answer ask(const DnsProbe& probe, double timeout, const Stage& stage) {
  const int type = dns_type(probe.type);
  Resolver resolver;
  if (!probe.server.empty()) resolver.set_server(probe.server);
  resolver.get()->retrans = 1;  // seconds between attempts; whoever asks ends this at the timeout
  resolver.get()->retry = std::max(1, static_cast<int>(std::ceil(timeout)));
  resolver.get()->options |= RES_USE_EDNS0;
  stage("asking for " + probe.name + " " + probe.type);
  std::vector<unsigned char> bytes(65536);
  const int size = ::res_nquery(resolver.get(), probe.name.c_str(), ns_c_in, type, bytes.data(), static_cast<int>(bytes.size()));
  if (size < 0) {
    const int why = resolver.get()->res_h_errno;
    if (why == HOST_NOT_FOUND) return failing("no such name");
    if (why == NO_DATA) return failing("the name has no " + probe.type + " record");
    if (why == NO_RECOVERY) return failing("the server refused the question");
    return failing("no answer, or a failure of the server");
  }
  ns_msg message;
  if (::ns_initparse(bytes.data(), size, &message) != 0) return failing("the answer is damaged");
  const std::vector<std::string> found = records(message, type);
  if (found.empty()) return failing("the name has no " + probe.type + " record");
  std::vector<std::string> known;
  for (const auto& text : found) known.push_back(canonical(text));
  for (const auto& wanted : probe.answer)
    if (std::count(known.begin(), known.end(), canonical(wanted)) == 0) return failing(shown(found) + ", without " + wanted);
  return passing(shown(found));
}

}  // namespace muster
