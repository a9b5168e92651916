#include "exercise/edge/request_head.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace muster {
namespace {

std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_token(std::string_view text) {
  static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.find(c) != others.npos;
  });
}

// "host", "host:80", "[fd00::1]:80", with a user before it or not.
bool read_authority(std::string_view text, std::string& host, int& port) {
  if (const auto at = text.rfind('@'); at != text.npos) text.remove_prefix(at + 1);
  std::string_view name = text, digits;
  if (!text.empty() && text[0] == '[') {
    const auto end = text.find(']');
    if (end == text.npos) return false;
    name = text.substr(1, end - 1);
    digits = text.substr(end + 1);
    if (!digits.empty() && digits[0] != ':') return false;
    if (!digits.empty()) digits.remove_prefix(1);
  } else if (const auto colon = text.rfind(':'); colon != text.npos) {
    name = text.substr(0, colon);
    digits = text.substr(colon + 1);
  }
  int number = 0;
  if (!digits.empty()) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || number < 1 || number > 65535) return false;
  }
  if (name.size() > 255) return false;
  for (const char c : name)
    if (c <= ' ' || c >= 0x7f) return false;
  host = small(name);
  if (host.size() > 1 && host.back() == '.') host.pop_back();
  port = number;
  return true;
}

// The parts of the target that name the host; the path is kept as it is.
bool read_target(RequestHead& head) {
  if (head.method == "CONNECT") {
    head.form = RequestHead::Form::authority;
    return read_authority(head.target, head.host, head.port) && !head.host.empty() && head.port != 0;
  }
  const auto scheme = head.target.find("://");
  if (head.target[0] == '/' || head.target == "*" || scheme == std::string::npos) {
    head.form = RequestHead::Form::origin;
    const std::string host = head.field("host");
    return (head.target[0] == '/' || head.target == "*") && read_authority(host, head.host, head.port);
  }
  head.form = RequestHead::Form::absolute;
  const std::size_t from = scheme + 3, to = std::min(head.target.find_first_of("/?#", from), head.target.size());
  return read_authority(std::string_view(head.target).substr(from, to - from), head.host, head.port) && !head.host.empty();
}

std::string line_by_line(const RequestHead& head, const std::string& target, const std::set<std::string>& left_out) {
  std::string out = head.method + " " + target + " " + head.version + "\r\n";
  for (const auto& [name, value] : head.fields)
    if (!left_out.contains(name)) out += name + ": " + value + "\r\n";
  return out + "connection: close\r\n\r\n";
}

}  // namespace

std::string RequestHead::field(std::string_view name) const {
  for (const auto& [each, value] : fields)
    if (each == name) return value;
  return "";
}

Reading read_request_head(std::string_view bytes, RequestHead& head) {
  const auto end = bytes.find("\r\n\r\n");
  std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  // Before the head is whole, only what can still become a method goes on.
  const auto blank = line.find(' ');
  if (!line.empty() && (!is_token(line.substr(0, std::min(blank, line.size()))) || (blank == line.npos && line.size() > 32))) return Reading::unreadable;
  if (end == bytes.npos) return bytes.size() > kLongestHead ? Reading::unreadable : Reading::incomplete;
  const auto second = line.rfind(' ');
  if (blank == line.npos || second == blank || !line.substr(second + 1).starts_with("HTTP/1.")) return Reading::unreadable;
  RequestHead found;
  found.method = line.substr(0, blank);
  found.target = line.substr(blank + 1, second - blank - 1);
  found.version = line.substr(second + 1);
  found.size = end + 4;
  for (const std::string& part : {found.target, found.version})
    for (const char c : part)
      if (c <= ' ' || c == 0x7f) return Reading::unreadable;
  std::string_view rest = bytes.substr(line.size() + 2, end + 2 - std::min(end + 2, line.size() + 2));
  while (!rest.empty()) {
    const auto stop = rest.find("\r\n");
    const std::string_view field = rest.substr(0, stop);
    const auto colon = field.find(':');
    if (colon == field.npos || !is_token(field.substr(0, colon))) return Reading::unreadable;
    std::string_view value = field.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    for (const char c : value)
      if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f) return Reading::unreadable;
    found.fields.emplace_back(small(field.substr(0, colon)), value);
    rest.remove_prefix(std::min(rest.size(), stop + 2));
  }
  if (found.target.empty() || !read_target(found)) return Reading::unreadable;
  head = std::move(found);
  return Reading::complete;
}

std::string for_the_server(const RequestHead& head) {
  std::string target = head.target;
  if (head.form == RequestHead::Form::absolute) {
    const auto path = target.find_first_of("/?#", target.find("://") + 3);
    target = path == std::string::npos ? "/" : target[path] == '/' ? target.substr(path) : "/" + target.substr(path);
  }
  return line_by_line(head, target, {"connection", "proxy-connection", "proxy-authorization", "keep-alive"});
}

std::string for_another_proxy(const RequestHead& head) { return line_by_line(head, head.target, {"connection", "proxy-connection", "keep-alive"}); }

}  // namespace muster
