#include "exercise/edge/outage_rule.h"

#include <arpa/inet.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "models/exercise_shape.h"
#include "models/host_pattern.h"

namespace muster {
namespace {

struct Status {
  int number;
  const char *reason, *s3, *json, *dynamodb;
};

// As the services document their common errors: REST-XML of S3, JSON with a type of the others.
Status status_of(EndpointOutageFault::Shape shape, bool is_s3, bool is_json) {
  switch (shape) {
    case EndpointOutageFault::Shape::throttling:
      if (is_json) return {400, "Bad Request", "", "ThrottlingException", "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"};
      if (is_s3) return {503, "Slow Down", "SlowDown", "", ""};
      return {429, "Too Many Requests", "", "", ""};
    case EndpointOutageFault::Shape::internal_error:
      return {500, "Internal Server Error", "InternalError", "InternalServerError", "com.amazonaws.dynamodb.v20120810#InternalServerError"};
    case EndpointOutageFault::Shape::unavailable:
      break;
  }
  return {503, "Service Unavailable", "ServiceUnavailable", "ServiceUnavailableException", "com.amazonaws.dynamodb.v20120810#ServiceUnavailable"};
}

std::string whole(int number, const std::string& reason, const std::string& type, const std::string& more, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(number) + " " + reason + "\r\ncontent-type: " + type + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" + more +
         "connection: close\r\n\r\n" + body;
}

bool names_s3(const std::string& host) { return host.find("s3.") != host.npos || host.find("s3-") != host.npos; }

}  // namespace

bool lies_in(std::string_view address, std::string_view network) {
  const auto slash = network.find('/');
  unsigned char a[16], n[16];
  const std::string left(address), right(network.substr(0, slash));
  int family = AF_INET, bits = 32;
  if (inet_pton(AF_INET, left.c_str(), a) != 1) {
    family = AF_INET6;
    bits = 128;
    if (inet_pton(AF_INET6, left.c_str(), a) != 1) return false;
  }
  if (inet_pton(family, right.c_str(), n) != 1) return false;
  int length = bits;
  if (slash != network.npos) {
    const std::string_view digits = network.substr(slash + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), length);
  }
  for (int bit = 0; bit < std::min(length, bits); ++bit)
    if (((a[bit / 8] ^ n[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

bool drawn(double share, std::uint64_t seed, std::uint64_t number) {
  if (share >= 1) return true;
  // SplitMix64 (Steele, Lea, Flood 2014): two rounds over seed and number.
  std::uint64_t x = seed;
  for (const std::uint64_t add : {number, std::uint64_t{0}}) {
    x += add + 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
  }
  return static_cast<double>(x >> 11) * 0x1.0p-53 < share;
}

OutageRule::OutageRule(const EndpointOutageFault& fault, std::uint64_t seed) : fault_(fault), seed_(seed) {
  for (const std::string& host : fault.hosts) (is_network(host) ? networks_ : patterns_).push_back(host);
}

bool OutageRule::is_dead(const Opening& opening) const {
  if (!opening.host.empty() && matching_pattern(patterns_, opening.host) < patterns_.size()) return true;
  for (const std::string& network : networks_)
    if (lies_in(opening.address, network) || lies_in(opening.host, network)) return true;
  if (opening.host.empty()) return fault_.fail_unnamed;
  return opening.encrypted && fault_.fail_encrypted;
}

bool OutageRule::strikes(const Opening& opening, std::uint64_t number) const { return is_dead(opening) && drawn(fault_.share, seed_, number); }

std::string outage_answer(EndpointOutageFault::Shape shape, const std::string& host, const std::string& amz_target) {
  const bool json = !amz_target.empty(), s3 = !json && names_s3(host);
  const Status status = status_of(shape, s3, json);
  const std::string message = "this endpoint is part of an exercise's outage";
  if (json) {
    const std::string type = amz_target.starts_with("DynamoDB") ? status.dynamodb : status.json;
    return whole(status.number, status.reason, "application/x-amz-json-1.0", "x-amzn-errortype: " + type + "\r\n", "{\"__type\":\"" + type + "\",\"message\":\"" + message + "\"}");
  }
  if (s3)
    return whole(status.number, status.reason, "application/xml", "",
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + std::string(status.s3) + "</Code><Message>" + message + "</Message></Error>");
  return whole(status.number, status.reason, "text/plain", "retry-after: 1\r\n", message + "\n");
}

std::string proxy_answer(int status, const std::string& host) {
  const std::string reason = status == 503 ? "Service Unavailable" : status == 400 ? "Bad Request" : status == 504 ? "Gateway Timeout" : "Bad Gateway";
  return whole(status, reason, "text/plain", "", "no way to " + (host.empty() ? "a host that is not named" : host) + "\n");
}

}  // namespace muster
