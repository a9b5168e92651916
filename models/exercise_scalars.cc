#include <arpa/inet.h>

#include <charconv>
#include <regex>
#include <stdexcept>

#include "models/exercise_shape.h"
#include "models/scalars.h"
#include "models/wording.h"

namespace muster {
namespace {

const char* const address_examples[] = {"10.9.1.0/24", "fd00::/64"};

int whole(std::string_view text, int least, int most) {
  int value = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool right =
      error == std::errc() && end == text.data() + text.size() && (text.size() == 1 || text[0] != '0');
  return right && value >= least && value <= most ? value : -1;
}

bool is_host(std::string_view host) {
  unsigned char address[16];
  if (host.find(':') != host.npos) return ::inet_pton(AF_INET6, std::string(host).c_str(), address) == 1;
  if (host.empty() || host.size() > 253) return false;
  for (char c : host)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
          c == '-' || c == '_'))
      return false;
  return true;
}

void check_web_address(std::string_view text) {
  const std::string expected = "; expected such as http://api.example/health";
  std::size_t scheme = text.substr(0, 7) == "http://" ? 7 : text.substr(0, 8) == "https://" ? 8 : 0;
  if (scheme == 0) throw std::invalid_argument(in_quotes(text) + " is no web address" + expected);
  std::string_view rest = text.substr(scheme), authority = rest.substr(0, rest.find_first_of("/?#"));
  for (char c : text)
    if (c <= ' ' || c == 0x7F) throw std::invalid_argument("a blank in the web address " + in_quotes(text));
  if (authority.find('@') != authority.npos)
    throw std::invalid_argument(
        "a web address with a user in it; secrets stand in the environment or in a file, never here");
  std::size_t colon = authority.rfind(':');
  bool has_port = colon != authority.npos && authority.find(']', colon) == authority.npos;
  std::string_view host = authority.substr(0, has_port ? colon : authority.npos);
  if (host.size() > 1 && host[0] == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (!is_host(host)) throw std::invalid_argument(in_quotes(text) + " names no host" + expected);
  if (has_port && whole(authority.substr(colon + 1), 1, 65535) < 0)
    throw std::invalid_argument(in_quotes(text) + " names no port from 1 to 65535");
}

}  // namespace

std::pair<std::string, int> parse_host_and_port(std::string_view text) {
  auto wrong = [&] {
    return std::invalid_argument(in_quotes(text) +
                                 " is no host and port; expected such as db.example:5432 or [fd00::1]:5432");
  };
  std::size_t colon = text.rfind(':');
  if (colon == text.npos) throw wrong();
  std::string_view host = text.substr(0, colon);
  bool brackets = host.size() > 1 && host[0] == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  int port = whole(text.substr(colon + 1), 1, 65535);
  if (port < 0 || !is_host(host) || brackets != (host.find(':') != host.npos)) throw wrong();
  return {std::string(host), port};
}

bool is_network(std::string_view text) {
  std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  unsigned char bytes[16];
  bool four = ::inet_pton(AF_INET, address.c_str(), bytes) == 1,
       six = !four && ::inet_pton(AF_INET6, address.c_str(), bytes) == 1;
  if (!four && !six) return false;
  return slash == text.npos || whole(text.substr(slash + 1), 0, four ? 32 : 128) >= 0;
}

Shape filled_text(std::string expected) {
  Scalar scalar = std::get<Scalar>(free_text(std::move(expected)).form());
  scalar.check = [check = std::move(scalar.check), wanted = scalar.expected](const Node& node) {
    if (node.text.find_first_not_of(" \t\n") == std::string::npos)
      throw std::invalid_argument("an empty text, expected " + wanted);
    check(node);
  };
  scalar.pattern =
      R"(^[^\u0000-\u0008\u000b-\u001f\u007f]*[^\u0000-\u0020\u007f][^\u0000-\u0008\u000b-\u001f\u007f]*$)";
  scalar.definition = "filled-text";
  return Shape(std::move(scalar));
}

Shape argument_vector(std::string expected) {
  List list{std::make_shared<const Shape>(free_text("a program or an argument")), 1, 1000, false};
  list.of_words = true;
  return Shape(
      std::move(list), std::move(expected),
      "A program and its arguments, never a shell's line. Relative programs start at the file's folder.");
}

Shape network_namespace() {
  auto check = [](std::string_view text) {
    bool right = !text.empty() && text.size() <= 64 && text[0] != '.' && text[0] != '-';
    for (char c : text)
      right = right && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                        c == '.' || c == '-' || c == '_');
    if (!right)
      throw std::invalid_argument(
          in_quotes(text) +
          " is no network namespace's name: expected letters, digits, dots and dashes such as staging-east");
  };
  return parsed_text("a network namespace's name", check, {"staging-east"},
                     "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$");
}

Shape host_and_port() {
  return parsed_text(
      "a host and port such as db.example:5432", [](std::string_view text) { parse_host_and_port(text); },
      {"db.example:5432", "[fd00::1]:5432"}, R"(^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):[1-9][0-9]{0,4}$)");
}

Shape network() {
  auto check = [](std::string_view text) {
    if (!is_network(text))
      throw std::invalid_argument(in_quotes(text) +
                                  " is no address and no network; expected such as 10.9.1.0/24 or fd00::/64");
  };
  return parsed_text("an address or a network", check,
                     {std::begin(address_examples), std::end(address_examples)},
                     R"(^([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(/[0-9]+)?$)");
}

// The library's own limit on states bounds what an expression may cost; the length bounds how deep it nests.
Shape regular_expression() {
  Scalar scalar;
  scalar.expected = "a regular expression (ECMAScript)";
  scalar.longest = 1000;
  scalar.check = [](const Node& node) {
    if (node.text.size() > 1000) throw std::invalid_argument("a regular expression of more than 1000 bytes");
    try {
      std::regex(node.text, std::regex::ECMAScript);
    } catch (const std::regex_error& wrong) {
      throw std::invalid_argument(in_quotes(node.text) +
                                  " is no regular expression (ECMAScript): " + printable(wrong.what(), 100));
    }
  };
  return Shape(std::move(scalar));
}

Shape web_address() {
  return parsed_text("a web address such as http://api.example/health", check_web_address,
                     {"http://api.example/health"}, R"(^https?://[^\s/?#@]+([/?#]\S*)?$)");
}

}  // namespace muster
