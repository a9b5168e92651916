#include "exercise/edge/client_hello.h"

#include <algorithm>

namespace muster {
namespace {

constexpr unsigned kHandshake = 22, kClientHello = 1, kServerName = 0, kEncryptedHello = 0xfe0d;
constexpr std::size_t kRecordHead = 5, kMessageHead = 4, kLongestRecord = (1 << 14) + 256;

/// Takes numbers and strings off the front; what is not there makes it fail, for good.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : left_(bytes) {}
  unsigned number(std::size_t bytes) {
    unsigned value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  /// Bytes with their count before them, which takes so many bytes itself.
  std::string_view counted(std::size_t bytes) { return take(number(bytes)); }
  std::string_view take(std::size_t bytes) {
    if (bytes > left_.size()) {
      failed_ = true;
      left_ = {};
      return {};
    }
    const std::string_view out = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return out;
  }
  bool failed() const { return failed_; }
  bool empty() const { return left_.empty(); }

 private:
  std::string_view left_;
  bool failed_ = false;
};

// The handshake as it is in its records, as far as it is there; false where a record is no record.
bool handshake_in(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    if (static_cast<unsigned char>(bytes[0]) != kHandshake || (bytes.size() > 1 && bytes[1] != 3)) return false;
    if (bytes.size() < kRecordHead) return true;
    Cursor head(bytes.substr(3, 2));
    const std::size_t size = head.number(2);
    if (size == 0 || size > kLongestRecord) return false;
    out += bytes.substr(kRecordHead, size);
    // What follows the hello may be of another kind; whoever asks has enough by then.
    if (out.size() >= kMessageHead && out.size() - kMessageHead >= Cursor(std::string_view(out).substr(1, 3)).number(3)) return true;
    bytes.remove_prefix(std::min(bytes.size(), kRecordHead + size));
  }
  return true;
}

bool read_name(std::string_view extension, std::string& name) {
  Cursor list(extension);
  Cursor names(list.counted(2));
  while (!names.empty()) {
    const unsigned type = names.number(1);
    const std::string_view text = names.counted(2);
    if (names.failed() || text.empty() || text.size() > 255) return false;
    if (type != 0 || !name.empty()) continue;
    for (const char c : text) {
      if (c <= ' ' || c >= 0x7f) return false;
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (name.size() > 1 && name.back() == '.') name.pop_back();
  }
  return !list.failed() && !names.failed();
}

bool read_extensions(std::string_view all, ClientHello& hello) {
  Cursor extensions(all);
  while (!extensions.empty()) {
    const unsigned type = extensions.number(2);
    const std::string_view body = extensions.counted(2);
    if (extensions.failed()) return false;
    if (type == kEncryptedHello) hello.encrypted = true;
    if (type == kServerName && !read_name(body, hello.server_name)) return false;
  }
  return true;
}

}  // namespace

Reading read_client_hello(std::string_view bytes, ClientHello& hello) {
  std::string handshake;
  if (!handshake_in(bytes, handshake)) return Reading::unreadable;
  if (!handshake.empty() && static_cast<unsigned char>(handshake[0]) != kClientHello) return Reading::unreadable;
  if (handshake.size() < kMessageHead) return bytes.size() > kLongestHello ? Reading::unreadable : Reading::incomplete;
  const std::size_t size = Cursor(std::string_view(handshake).substr(1, 3)).number(3);
  if (size > kLongestHello) return Reading::unreadable;
  if (handshake.size() - kMessageHead < size) return bytes.size() > 2 * kLongestHello ? Reading::unreadable : Reading::incomplete;
  Cursor body(std::string_view(handshake).substr(kMessageHead, size));
  body.number(2);    // legacy_version
  body.take(32);     // random
  body.counted(1);   // legacy_session_id
  body.counted(2);   // cipher_suites
  body.counted(1);   // legacy_compression_methods
  if (body.failed()) return Reading::unreadable;
  ClientHello found;
  if (!body.empty()) {  // one of TLS 1.2 and before may end here
    const std::string_view extensions = body.counted(2);
    if (body.failed() || !body.empty() || !read_extensions(extensions, found)) return Reading::unreadable;
  }
  hello = std::move(found);
  return Reading::complete;
}

}  // namespace muster
