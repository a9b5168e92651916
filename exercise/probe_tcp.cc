#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <system_error>

#include "exercise/answer.h"

namespace muster {

Answer ask(const TcpProbe& probe, const Stage& stage) {
  using boost::asio::ip::tcp;
  boost::asio::io_context io;
  boost::system::error_code error;
  stage("resolving " + probe.host);
  tcp::resolver resolver(io);
  const auto addresses = resolver.resolve(probe.host, std::to_string(probe.port), tcp::resolver::numeric_service, error);
  if (error) return failing(probe.host + " has no address: " + error.message());
  std::string what = "no address";
  for (const auto& address : addresses) {
    const std::string where = address.endpoint().address().to_string();
    stage("connecting to " + where);
    tcp::socket socket(io);
    socket.connect(address.endpoint(), error);
    if (!error) return passing("connected to " + where);
    what = where + ": " + error.message();
  }
  return failing(what);
}

}  // namespace muster
