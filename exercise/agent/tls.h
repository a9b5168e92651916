#pragma once
#include <string>

#include "exercise/agent/openssl_owned.h"

/// Mutual TLS 1.3 between runner and agent.
namespace muster {

/// Files, PEM. `revoked` may be empty: no list of revoked certificates is looked at.
struct Credentials {
  std::string certificate, key, ca, revoked;
};

/// TLS 1.3 and nothing older, both sides with a certificate of the authority's, the peer's on no list of revoked ones and made for its use;
/// no tickets and no resumption, so that each connection proves itself. Throws Refused: a file that cannot be read, a key that is not
/// the certificate's or that others can read.
OwnedContext make_tls(const Credentials& credentials, bool agent);

/// "sha256:" and 64 hexadecimal digits, of the certificate's DER bytes.
std::string fingerprint_of(const X509* certificate);
/// The certificate's common name.
std::string name_of(const X509* certificate);
/// What OpenSSL's queue of errors says, and clears it; alerts of the other side as sentences.
std::string openssl_trouble();

}  // namespace muster
