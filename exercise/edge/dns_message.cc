#include "exercise/edge/dns_message.h"

namespace muster {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kAnswer = 0x8000, kOpcode = 0x7800, kDesired = 0x0100, kAvailable = 0x0080, kCheckingOff = 0x0010, kOpt = 41;
constexpr int kMostRecords = 4096;

std::uint16_t number_at(std::string_view message, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(message[at]) << 8 | static_cast<unsigned char>(message[at + 1]));
}

void put(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8 & 255);
  out += static_cast<char>(value & 255);
}

void add_label(std::string& name, std::string_view label) {
  if (!name.empty()) name += '.';
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (c >= 'A' && c <= 'Z') name += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') name += c;
    else name += {'\\', static_cast<char>('0' + byte / 100), static_cast<char>('0' + byte / 10 % 10), static_cast<char>('0' + byte % 10)};
  }
}

// Behind the name at `at`; nothing where it ends early. Only a question's name is spelt out, without pointers.
std::optional<std::size_t> read_name(std::string_view message, std::size_t at, std::string& name) {
  for (const std::size_t begin = at;;) {
    if (at >= message.size() || at - begin > 254) return std::nullopt;
    const auto length = static_cast<unsigned char>(message[at++]);
    if (length == 0) break;
    if (length > 63 || message.size() - at < length) return std::nullopt;
    add_label(name, message.substr(at, length));
    at += length;
  }
  if (name.empty()) name = ".";
  return at;
}

std::optional<std::size_t> behind_name(std::string_view message, std::size_t at) {
  while (at < message.size()) {
    const auto length = static_cast<unsigned char>(message[at]);
    if (length >= 0xc0) return at + 2;
    if (length > 63) return std::nullopt;
    at += 1u + length;
    if (length == 0) return at;
  }
  return std::nullopt;
}

// EDNS is a record at the end (RFC 6891 section 6.1.1); records that cannot be read end the search.
void find_edns(std::string_view message, DnsQuery& query) {
  const int records = number_at(message, 6) + number_at(message, 8) + number_at(message, 10);
  std::size_t at = query.end;
  for (int i = 0; i < records && i < kMostRecords; ++i) {
    const auto end = behind_name(message, at);
    if (!end || message.size() < *end + 10) return;
    if (number_at(message, *end) == kOpt) {
      query.edns = true;
      query.dnssec_ok = (number_at(message, *end + 6) & 0x8000) != 0;
      return;
    }
    at = *end + 10 + number_at(message, *end + 8);
  }
}

std::string begun(std::string_view message, const DnsQuery& query, int rcode, int answers, int authorities = 0) {
  std::string out;
  put(out, query.id);
  put(out, kAnswer | (query.flags & (kOpcode | kDesired | kCheckingOff)) | kAvailable | static_cast<unsigned>(rcode));
  put(out, 1);
  put(out, static_cast<unsigned>(answers));
  put(out, static_cast<unsigned>(authorities));
  put(out, query.edns ? 1 : 0);
  out += message.substr(kHeader, query.end - kHeader);  // as it was asked: some look whether their capitals come back
  return out;
}

// Of the name that was asked for: whoever asked takes it for one of theirs. Without it some remember for seconds that there is nothing.
void add_soa(std::string& out, const DnsQuery& query) {
  put(out, 0xc000 | kHeader);
  put(out, 6);
  put(out, query.klass);
  put(out, 0);
  put(out, 0);
  put(out, 22);
  out += std::string(2, '\0');  // both names are the root
  put(out, 0);
  put(out, 1);                  // serial
  for (const unsigned seconds : {3600u, 600u, 86400u, 0u}) {
    put(out, seconds >> 16);
    put(out, seconds & 0xffff);
  }
}

void end_with_edns(std::string& out, const DnsQuery& query) {
  if (!query.edns) return;
  out += '\0';
  put(out, kOpt);
  put(out, 1232);  // bytes of a datagram that we take
  put(out, 0);
  put(out, query.dnssec_ok ? 0x8000 : 0);
  put(out, 0);
}

}  // namespace

std::optional<DnsQuery> read_dns_query(std::string_view message) {
  if (message.size() < kHeader) return std::nullopt;
  DnsQuery query;
  query.id = number_at(message, 0);
  query.flags = number_at(message, 2);
  if ((query.flags & (kAnswer | kOpcode)) != 0 || number_at(message, 4) != 1) return std::nullopt;
  const auto end = read_name(message, kHeader, query.name);
  if (!end || message.size() < *end + 4) return std::nullopt;
  query.type = number_at(message, *end);
  query.klass = number_at(message, *end + 2);
  query.end = *end + 4;
  find_edns(message, query);
  return query;
}

std::string empty_answer(std::string_view message, const DnsQuery& query, int rcode) {
  const bool none = rcode == kNoError || rcode == kNxdomain;
  std::string out = begun(message, query, rcode, 0, none ? 1 : 0);
  if (none) add_soa(out, query);
  end_with_edns(out, query);
  return out;
}

std::string address_answer(std::string_view message, const DnsQuery& query, std::string_view address) {
  const bool fits = query.klass == 1 && query.type == (address.size() == 4 ? kTypeA : kTypeAaaa);
  if (!fits) return empty_answer(message, query, kNoError);
  std::string out = begun(message, query, kNoError, 1);
  put(out, 0xc000 | kHeader);  // the question's name
  put(out, query.type);
  put(out, query.klass);
  put(out, 0);
  put(out, 0);
  put(out, static_cast<unsigned>(address.size()));
  out += address;
  end_with_edns(out, query);
  return out;
}

std::optional<std::string> same_answer(std::string_view message, const DnsQuery& query, std::string_view answer) {
  const std::size_t question = query.end - kHeader;
  if (answer.size() < query.end || (number_at(answer, 2) & kAnswer) == 0 || number_at(answer, 4) != 1) return std::nullopt;
  std::string name;
  if (const auto end = read_name(answer, kHeader, name); !end || *end + 4 != query.end || name != query.name) return std::nullopt;
  std::string out(answer);
  out.replace(0, 2, message.substr(0, 2));
  out.replace(kHeader, question, message.substr(kHeader, question));
  return out;
}

}  // namespace muster
