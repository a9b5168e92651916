#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exercise/edge/client_hello.h"

/// The head of an HTTP/1 request: its line and header fields, RFC 9112.
namespace muster {

struct RequestHead {
  enum class Form { authority, absolute, origin } form = Form::origin;  ///< CONNECT host:port, GET http://host/, GET /
  std::string method, target, version;                                 ///< "GET", "/index.html", "HTTP/1.1"
  std::string host;                            ///< whose it is, in small letters; from the Host field in the origin form; "": unknown
  int port = 0;                                ///< 0: none given
  std::vector<std::pair<std::string, std::string>> fields;             ///< names in small letters
  std::size_t size = 0;                        ///< bytes of the head, the empty line included
  std::string field(std::string_view name) const;                      ///< of the first of that name; "" for none
};

inline constexpr std::size_t kLongestHead = 1 << 16;

/// Pure; `head` is set when it is complete.
Reading read_request_head(std::string_view bytes, RequestHead& head);

/// The same request as its server would get it without a proxy: the target in origin form, the connection's end after it announced, what
/// only concerns proxies left out.
std::string for_the_server(const RequestHead& head);
/// As another proxy would get it, likewise for one request only.
std::string for_another_proxy(const RequestHead& head);

}  // namespace muster
