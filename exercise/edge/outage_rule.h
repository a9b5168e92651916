#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exercise/edge/connections.h"
#include "models/exercise.h"

/// Which connections meet an outage of endpoints, and how.
namespace muster {

/// What is known of a connection by its first words.
struct Opening {
  enum class Kind { tls, http, other } kind = Kind::other;  ///< other: it speaks something else, or waits for its server to speak
  std::string host;                     ///< whom it names, in small letters; "": nobody
  bool encrypted = false;               ///< the name may be a cover: encrypted_client_hello
  std::string address;                  ///< where it goes; "" where that is not known before its name is looked up
};

/// Pure.
class OutageRule {
 public:
  explicit OutageRule(const EndpointOutageFault& fault, std::uint64_t seed);
  /// `number`: of the connection; one that the share spares is another's with the same number never: the draw is of (seed, number).
  bool strikes(const Opening& opening, std::uint64_t number) const;
  const EndpointOutageFault& fault() const { return fault_; }

 private:
  bool is_dead(const Opening& opening) const;
  EndpointOutageFault fault_;
  std::vector<std::string> patterns_, networks_;
  std::uint64_t seed_;
};

/// Whether an address lies in a network, "10.9.1.0/24", "fd00::1".
bool lies_in(std::string_view address, std::string_view network);
/// At random, one in so many, the same for the same seed and number.
bool drawn(double share, std::uint64_t seed, std::uint64_t number);

/// What a plain HTTP request gets in place of its answer, as its service would say it: head and body.
std::string outage_answer(EndpointOutageFault::Shape shape, const std::string& host, const std::string& amz_target);
/// What a proxy says of a way that it cannot open.
std::string proxy_answer(int status, const std::string& host);

}  // namespace muster
