#include "exercise/web.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <stdexcept>
#include <system_error>

namespace muster {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

[[noreturn]] void no_answer(const boost::system::error_code& error, const std::string& what) {
  throw std::system_error(std::make_error_code(std::errc::io_error), what + ": " + error.message());
}

http::request<http::empty_body> written(const WebRequest& request, const Url& url) {
  http::request<http::empty_body> out;
  out.version(11);
  out.method_string(request.method);
  out.target(url.target);
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  out.set(http::field::host, url.port == (url.tls ? "443" : "80") ? host : host + ":" + url.port);
  out.set(http::field::user_agent, "muster");
  out.set(http::field::accept, "*/*");
  out.set(http::field::connection, "close");
  for (const auto& [name, value] : request.headers) {
    if (name.find_first_of("\r\n: ") != std::string::npos || value.find_first_of("\r\n") != std::string::npos)
      throw std::invalid_argument("the header '" + name + "' has a line end in it");
    out.set(name, value);
  }
  if (request.method == "POST" || request.method == "PUT") out.set(http::field::content_length, "0");
  return out;
}

template <typename Stream>
WebAnswer talk(Stream& stream, const WebRequest& request, const Url& url, const Stage& stage) {
  boost::system::error_code error;
  stage("waiting for the answer");
  http::write(stream, written(request, url), error);
  if (error) no_answer(error, "the connection broke");
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(request.most_body);
  if (request.method == "HEAD") parser.skip(true);
  http::read(stream, buffer, parser, error);
  // Many servers end a TLS connection without saying so; what a whole answer is, HTTP knows itself.
  if (error && !(parser.is_done() && error == asio::ssl::error::stream_truncated)) no_answer(error, "no whole answer");
  return {static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

tcp::socket connected(asio::io_context& io, const Url& url, const Stage& stage) {
  boost::system::error_code error;
  stage("resolving " + url.host);
  tcp::resolver resolver(io);
  const auto addresses = resolver.resolve(url.host, url.port, tcp::resolver::numeric_service, error);
  if (error) no_answer(error, url.host + " has no address");
  tcp::socket socket(io);
  for (const auto& address : addresses) {
    stage("connecting to " + address.endpoint().address().to_string());
    socket.close(error);
    socket.connect(address.endpoint(), error);
    if (!error) {
      socket.set_option(tcp::no_delay(true));
      return socket;
    }
  }
  no_answer(error, "no connection");
}

WebAnswer over_tls(asio::io_context& io, const WebRequest& request, const Url& url, const Stage& stage) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_default_verify_paths();
  context.set_verify_mode(asio::ssl::verify_peer);
  asio::ssl::stream<tcp::socket> stream(connected(io, url, stage), context);
  stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  stage("securing the connection");
  boost::system::error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  if (error) no_answer(error, "no secure connection");
  return talk(stream, request, url, stage);
}

}  // namespace

Url parse_url(const std::string& text) {
  const auto bad = [&](const std::string& why) { return std::invalid_argument("'" + text + "': " + why); };
  Url url;
  std::string rest;
  if (text.rfind("http://", 0) == 0) {
    rest = text.substr(7);
  } else if (text.rfind("https://", 0) == 0) {
    rest = text.substr(8);
    url.tls = true;
  } else {
    throw bad("expected http://… or https://…");
  }
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) throw bad("a URL has no spaces or control characters; write %20");
  rest = rest.substr(0, rest.find('#'));
  const auto slash = rest.find_first_of("/?");
  const std::string authority = rest.substr(0, slash);
  url.target = slash == std::string::npos ? "/" : rest.substr(slash);
  if (url.target[0] == '?') url.target.insert(0, "/");
  if (authority.find('@') != std::string::npos) throw std::invalid_argument("a URL here has no user and password; use a header");
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  url.port = colon == std::string::npos ? (url.tls ? "443" : "80") : authority.substr(colon + 1);
  if (url.host.size() > 1 && url.host.front() == '[' && url.host.back() == ']') url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty()) throw bad("it has no host");
  if (url.port.empty() || url.port.size() > 5 || url.port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(url.port) > 65535 || std::stoi(url.port) == 0)
    throw bad("the port is not a number from 1 to 65535");
  return url;
}

WebAnswer web_exchange(const WebRequest& request, const Stage& stage) {
  const Url url = parse_url(request.url);
  asio::io_context io;
  if (url.tls) return over_tls(io, request, url, stage);
  tcp::socket socket = connected(io, url, stage);
  return talk(socket, request, url, stage);
}

std::string percent_encoded(const std::string& text) {
  static const char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~')
      out += c;
    else
      out += std::string("%") + hex[byte >> 4] + hex[byte & 15];
  }
  return out;
}

}  // namespace muster
