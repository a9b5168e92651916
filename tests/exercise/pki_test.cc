#include "exercise/agent/pki.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "exercise/agent/tls.h"
#include "exercise/clock.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"

namespace muster {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string output_of(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string out;
  char buffer[4096];
  for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, got);
  pclose(pipe);
  return out;
}

template <typename Do>
std::string refusal(Do what) try {
  what();
  return "";
} catch (const Refused& refused) {
  return refused.what();
}

TEST(Pki, FilesAreTheOwnersAlone) {
  const scratch::Folder scratch;
  const std::string pki = scratch.file("pki");
  make_authority(pki, "Test", 2, system_clock().now());
  issue_certificate(pki, "db", CertificateUse::agent, {"10.0.0.1"}, 1, system_clock().now());
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(pki)) {
    struct stat status {};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, entry.is_directory() ? 0700u : 0600u) << entry.path();
    files += !entry.is_directory();
  }
  EXPECT_EQ(files, 8);  // of the authority 4, of db 4
}

TEST(Pki, CertificatesAreWhatOpensslTakesThemFor) {
  const scratch::Folder scratch;
  const std::string pki = scratch.file("pki");
  make_authority(pki, "Test", 400, system_clock().now());
  const Issued agent = issue_certificate(pki, "db", CertificateUse::agent, {"10.0.0.1", "db.example"}, 7, system_clock().now());
  issue_certificate(pki, "drill", CertificateUse::runner, {}, 7, system_clock().now());
  const std::string verify = "openssl verify -x509_strict -CAfile " + pki + "/ca.pem -CRLfile " + pki + "/revoked.pem -crl_check ";
  EXPECT_THAT(output_of(verify + "-purpose sslserver -verify_ip 10.0.0.1 " + pki + "/db/certificate.pem"), HasSubstr(": OK"));
  EXPECT_THAT(output_of(verify + "-purpose sslserver -verify_hostname db.example " + pki + "/db/certificate.pem"), HasSubstr(": OK"));
  EXPECT_THAT(output_of(verify + "-purpose sslclient " + pki + "/drill/certificate.pem"), HasSubstr(": OK"));
  EXPECT_THAT(output_of(verify + "-purpose sslclient " + pki + "/db/certificate.pem"), HasSubstr("unsuitable certificate purpose"));
  EXPECT_THAT(output_of(verify + "-purpose sslserver " + pki + "/drill/certificate.pem"), HasSubstr("unsuitable certificate purpose"));
  std::string printed = output_of("openssl x509 -noout -fingerprint -sha256 -in " + pki + "/db/certificate.pem");
  std::string plain = "sha256:";
  for (const char c : printed.substr(printed.find('=') + 1))
    if (std::isxdigit(static_cast<unsigned char>(c))) plain += static_cast<char>(std::tolower(c));
  EXPECT_EQ(agent.fingerprint, plain);
  EXPECT_EQ(fingerprint_of_file(pki + "/db/certificate.pem"), plain);
  EXPECT_NEAR(static_cast<double>(agent.not_after), static_cast<double>(system_clock().now().wall) / 1e9 + 7 * 86400, 60);
  EXPECT_EQ(end_of_file(pki + "/db/certificate.pem"), agent.not_after);
  EXPECT_EQ(revoke_certificates(pki, "drill", system_clock().now()).size(), 1u);
  EXPECT_THAT(output_of(verify + "-purpose sslclient " + pki + "/drill/certificate.pem"), HasSubstr("certificate revoked"));
  EXPECT_THAT(output_of(verify + "-purpose sslserver " + pki + "/db/certificate.pem"), HasSubstr(": OK"));
}

TEST(Pki, RevokesByNameSerialAndFingerprintOnce) {
  const scratch::Folder scratch;
  const std::string pki = scratch.file("pki");
  make_authority(pki, "Test", 2, system_clock().now());
  const Issued first = issue_certificate(pki, "drill", CertificateUse::runner, {}, 1, system_clock().now());
  const Issued second = issue_certificate(pki, "drill", CertificateUse::runner, {}, 1, system_clock().now());
  EXPECT_NE(first.serial, second.serial);
  EXPECT_EQ(revoke_certificates(pki, first.fingerprint, system_clock().now()).size(), 1u);
  EXPECT_EQ(revoke_certificates(pki, second.serial, system_clock().now()).size(), 1u);
  EXPECT_EQ(revoke_certificates(pki, "drill", system_clock().now()).size(), 0u);
  EXPECT_THAT(refusal([&] { revoke_certificates(pki, "nobody", system_clock().now()); }), HasSubstr("no certificate 'nobody' was issued"));
  for (const Issued& each : issued_certificates(pki)) EXPECT_TRUE(each.revoked);
}

TEST(Pki, NeverWritesOverAnAuthorityAndNeverLivesLonger) {
  const scratch::Folder scratch;
  const std::string pki = scratch.file("pki");
  make_authority(pki, "Test", 2, system_clock().now());
  EXPECT_THAT(refusal([&] { make_authority(pki, "Test", 2, system_clock().now()); }), HasSubstr("is there already"));
  const Issued issued = issue_certificate(pki, "drill", CertificateUse::runner, {}, 30, system_clock().now());
  EXPECT_EQ(issued.not_after, end_of_file(pki + "/ca.pem"));
}

TEST(Pki, RefusesNamesThatAreNone) {
  const scratch::Folder scratch;
  const std::string pki = scratch.file("pki");
  EXPECT_THAT(refusal([&] { issue_certificate(pki, "a", CertificateUse::runner, {}, 1, system_clock().now()); }), HasSubstr("muster agent pki init"));
  make_authority(pki, "Test", 2, system_clock().now());
  for (const char* name : {"", "..", "a/b", ".hidden", "a b"})
    EXPECT_THAT(refusal([&] { issue_certificate(pki, name, CertificateUse::runner, {}, 1, system_clock().now()); }), HasSubstr("is no name for a certificate")) << name;
  EXPECT_THAT(refusal([&] { issue_certificate(pki, "db", CertificateUse::agent, {}, 1, system_clock().now()); }), HasSubstr("needs the addresses"));
  EXPECT_THAT(refusal([&] { issue_certificate(pki, "db", CertificateUse::agent, {"a,DNS:b"}, 1, system_clock().now()); }), HasSubstr("is no host name"));
}

TEST(Tls, KeyThatOthersCanReadIsNotUsed) {
  const scratch::Folder scratch;
  const std::string pki = scratch.file("pki"), own = pki + "/drill/";
  make_authority(pki, "Test", 2, system_clock().now());
  issue_certificate(pki, "drill", CertificateUse::runner, {}, 1, system_clock().now());
  const Credentials credentials{own + "certificate.pem", own + "key.pem", own + "ca.pem", own + "revoked.pem"};
  EXPECT_EQ(refusal([&] { make_tls(credentials, false); }), "");
  chmod((own + "key.pem").c_str(), 0640);
  EXPECT_THAT(refusal([&] { make_tls(credentials, false); }), HasSubstr("can be read by others"));
  chmod((own + "key.pem").c_str(), 0600);
  fs::copy_file(pki + "/ca-key.pem", own + "key.pem", fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal([&] { make_tls(credentials, false); }), HasSubstr("is not the key of"));
}

}  // namespace
}  // namespace muster
