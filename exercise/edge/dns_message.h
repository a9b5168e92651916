#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a resolver in the path must know of DNS messages: RFC 1035 section 4, RFC 6891. Everything else it passes on as it is.
namespace muster {

/// A question as it came: one name, by an ordinary query.
struct DnsQuery {
  std::uint16_t id = 0, flags = 0;  ///< flags: as in the header
  std::string name;                 ///< in small letters, without the final dot; "." is the root. What is no letter, digit, '-' or '_' is \DDD
  std::uint16_t type = 0, klass = 0;
  std::size_t end = 0;              ///< of the question; it begins at byte 12
  bool edns = false, dnssec_ok = false;
};

inline constexpr std::uint16_t kTypeA = 1, kTypeAaaa = 28;
inline constexpr int kNoError = 0, kServfail = 2, kNxdomain = 3;

/// Nothing where it is no query for one name: an answer, an update, a damaged message. Pure; never reads past the bytes.
std::optional<DnsQuery> read_dns_query(std::string_view message);

/// An answer without records; of one that says there are none, a SOA says that it is to be remembered for 0 s (RFC 2308 section 5).
std::string empty_answer(std::string_view query_message, const DnsQuery& query, int rcode);
/// An address, 4 bytes or 16, to live for 0 s; without records where the question is for something else.
std::string address_answer(std::string_view query_message, const DnsQuery& query, std::string_view address);
/// An answer that was given to the same question before, as one to this. Nothing where it cannot be one.
std::optional<std::string> same_answer(std::string_view query_message, const DnsQuery& query, std::string_view answer);

}  // namespace muster
