#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// The first words of a TLS client, read without any key: RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 9849 section 5.
namespace muster {

struct ClientHello {
  std::string server_name;  ///< in small letters, without a final dot; "": it names none
  bool encrypted = false;   ///< it offers encrypted_client_hello: the name may be another's. Browsers offer it always, mostly in vain
};

enum class Reading { incomplete, complete, unreadable };

inline constexpr std::size_t kLongestHello = 1 << 16;  ///< bytes; a longer one is unreadable

/// Of the bytes of a connection so far. The hello may lie in several records. `hello` is set when it is complete. Pure; never reads past
/// the bytes.
Reading read_client_hello(std::string_view bytes, ClientHello& hello);

}  // namespace muster
