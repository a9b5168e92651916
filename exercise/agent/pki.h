#pragma once
#include <string>
#include <vector>

#include "models/happening.h"

/// A small certificate authority in a folder, for agents and runners: certificates of some days, on ECDSA P-256.
///
/// FOLDER (mode 0700) has ca.pem, ca-key.pem, revoked.pem (a CRL of RFC 5280, renewed by each revocation) and issued.jsonl, a line for each
/// certificate. FOLDER/NAME has what goes to a host: certificate.pem, key.pem, ca.pem, revoked.pem. Every file has mode 0600, and none is
/// ever written over but revoked.pem and a NAME's own when it is issued anew. Not for several processes at a time.
namespace muster {

enum class CertificateUse { agent, runner };  ///< serverAuth, clientAuth: the one is not taken for the other

struct Issued {
  std::string name, serial, fingerprint;      ///< serial: hexadecimal; fingerprint: "sha256:" and 64 digits, of the DER bytes
  CertificateUse use = CertificateUse::runner;
  std::int64_t not_after = 0;                 ///< seconds since 1970-01-01T00:00Z
  bool revoked = false;
};

/// All throw Refused, with what is in the way; `days` count from now.
void make_authority(const std::string& folder, const std::string& name, int days, const Moment& now);
/// `addresses`: host names and IP addresses by which an agent is called; a runner needs none. The agent's own life ends with its CA's.
Issued issue_certificate(const std::string& folder, const std::string& name, CertificateUse use, const std::vector<std::string>& addresses, int days,
                         const Moment& now);
/// By name, serial or fingerprint; all that it names and that are not revoked yet. They are on revoked.pem when it returns.
std::vector<Issued> revoke_certificates(const std::string& folder, const std::string& which, const Moment& now);
std::vector<Issued> issued_certificates(const std::string& folder);

/// Of a certificate's file (PEM).
std::string fingerprint_of_file(const std::string& certificate);
std::int64_t end_of_file(const std::string& certificate);  ///< not-after, seconds since 1970-01-01T00:00Z

}  // namespace muster
