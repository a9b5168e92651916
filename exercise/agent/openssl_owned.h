#pragma once
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

/// OpenSSL's objects, each with an owner that frees it.
namespace muster {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using OwnedBio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using OwnedKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using OwnedCertificate = std::unique_ptr<X509, Freed<X509_free>>;
using OwnedRevocations = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;
using OwnedRevoked = std::unique_ptr<X509_REVOKED, Freed<X509_REVOKED_free>>;
using OwnedExtension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using OwnedNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using OwnedInteger = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using OwnedTime = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;
using OwnedContext = std::shared_ptr<SSL_CTX>;
using OwnedSession = std::unique_ptr<SSL, Freed<SSL_free>>;

}  // namespace muster
