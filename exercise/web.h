#pragma once
#include <cstddef>
#include <map>
#include <string>

#include "exercise/answer.h"

/// One HTTP/1.1 exchange, blocking, without redirects, on a new connection.
namespace muster {

/// http://host[:port][/target] or https; an IPv6 host stands in brackets.
struct Url {
  bool tls = false;
  std::string host, port, target;  ///< host without brackets; target begins with /
};
Url parse_url(const std::string& text);  ///< throws std::invalid_argument

struct WebRequest {
  std::string url, method = "GET";
  std::map<std::string, std::string> headers;
  std::size_t most_body = 8 << 20;  ///< a longer answer is an error
};
struct WebAnswer {
  int status = 0;
  std::string body;
};

/// Throws std::system_error where no whole answer comes (no address, refused, broken off, a certificate that is not valid for the host
/// by the system's store or SSL_CERT_FILE), std::invalid_argument on a bad URL or header.
WebAnswer web_exchange(const WebRequest& request, const Stage& stage);

/// The text as part of a URL's query.
std::string percent_encoded(const std::string& text);

}  // namespace muster
