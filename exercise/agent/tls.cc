#include "exercise/agent/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "exercise/refused.h"

namespace muster {
namespace {

// What an alert of the other side means for whoever reads it.
const char* alert_text(int reason) {
  switch (reason) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return "the other side does not know the authority that made our certificate";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return "the other side says that our certificate has expired";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return "the other side says that our certificate is revoked";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return "the other side does not accept our certificate (made for another use?)";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "the other side wants a certificate of ours";
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return "the other side does not speak TLS 1.3";
    default:
      return nullptr;
  }
}

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  const std::string trouble = openssl_trouble();
  throw Refused({file + " " + why + (trouble.empty() ? "" : ": " + trouble)});
}

void check_private(const std::string& key) {
  struct stat status {};
  if (::stat(key.c_str(), &status) != 0) refuse(key, "cannot be read");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) refuse(key, "can be read by others than its owner; chmod 600 " + key);
}

void add_revocations(SSL_CTX* context, const std::string& file) {
  const OwnedBio bio(BIO_new_file(file.c_str(), "r"));
  if (!bio) refuse(file, "cannot be read");
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int lists = 0;
  while (X509_CRL* list = PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)) {
    const OwnedRevocations owned(list);
    if (X509_STORE_add_crl(store, list) != 1) refuse(file, "cannot be used");
    ++lists;
  }
  ERR_clear_error();  // the end of the file
  if (lists == 0) refuse(file, "holds no list of revoked certificates (CRL, PEM)");
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

}  // namespace

OwnedContext make_tls(const Credentials& credentials, bool agent) {
  ERR_clear_error();
  OwnedContext context(SSL_CTX_new(agent ? TLS_server_method() : TLS_client_method()), SSL_CTX_free);
  if (!context) throw Refused({"TLS cannot be had: " + openssl_trouble()});
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  check_private(credentials.key);
  if (SSL_CTX_use_certificate_chain_file(context.get(), credentials.certificate.c_str()) != 1) refuse(credentials.certificate, "is no certificate that can be used");
  if (SSL_CTX_use_PrivateKey_file(context.get(), credentials.key.c_str(), SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context.get()) != 1)
    refuse(credentials.key, "is not the key of " + credentials.certificate);
  if (SSL_CTX_load_verify_locations(context.get(), credentials.ca.c_str(), nullptr) != 1) refuse(credentials.ca, "holds no authority's certificate");
  if (!credentials.revoked.empty()) add_revocations(context.get(), credentials.revoked);
  return context;
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!certificate || X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return "";
  std::string out = "sha256:";
  for (unsigned i = 0; i < size; ++i) {
    out += "0123456789abcdef"[digest[i] >> 4];
    out += "0123456789abcdef"[digest[i] & 15];
  }
  return out;
}

std::string name_of(const X509* certificate) {
  if (!certificate) return "";
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "";
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return "";
  std::string out(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return out;
}

std::string openssl_trouble() {
  std::string out;
  while (const unsigned long code = ERR_get_error()) {
    const char* known = ERR_GET_LIB(code) == ERR_LIB_SSL ? alert_text(ERR_GET_REASON(code)) : nullptr;
    const char* said = known ? known : ERR_reason_error_string(code);
    if (said && out.find(said) == std::string::npos) out += (out.empty() ? "" : "; ") + std::string(said);
  }
  return out;
}

}  // namespace muster
