#include "exercise/agent/pki.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "exercise/agent/openssl_owned.h"
#include "exercise/agent/tls.h"
#include "exercise/apart.h"
#include "exercise/faults/networks.h"
#include "exercise/refused.h"

namespace muster {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kEarly = 300;  // seconds by which clocks of hosts may differ

[[noreturn]] void refuse(const std::string& why) { throw Refused({why}); }

void require(bool done, const char* what) {
  if (!done) refuse(std::string("the certificate cannot be made: ") + what + ": " + openssl_trouble());
}

std::int64_t seconds_of(const Moment& now) { return now.wall / 1'000'000'000; }

// On the disk under its own name only when it is whole.
void write_private(const std::string& file, const std::string& text, bool anew) {
  const std::string draft = file + ".new";
  {
    ::unlink(draft.c_str());
    const Descriptor out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (out.get() < 0 || !write_all(out.get(), text) || ::fsync(out.get()) != 0) refuse(draft + " cannot be written: " + std::generic_category().message(errno));
  }
  const bool placed = anew ? ::rename(draft.c_str(), file.c_str()) == 0 : ::link(draft.c_str(), file.c_str()) == 0;
  const int error = errno;
  ::unlink(draft.c_str());
  if (!placed) refuse(file + (error == EEXIST ? " is there already, and is never written over" : " cannot be written: " + std::generic_category().message(error)));
}

void make_folder(const std::string& folder) {
  std::error_code error;
  if (const fs::path above = fs::path(folder).parent_path(); !above.empty()) fs::create_directories(above, error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) refuse("the folder " + folder + " cannot be made: " + std::generic_category().message(errno));
}

template <typename Write>
std::string pem_of(Write write) {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  require(bio && write(bio.get()) == 1, "its text");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
std::string pem_of(EVP_PKEY* key) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}
std::string pem_of(X509_CRL* list) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list); });
}

OwnedBio opened(const std::string& file) {
  OwnedBio bio(BIO_new_file(file.c_str(), "r"));
  if (!bio) refuse(file + " cannot be read");
  return bio;
}

OwnedCertificate read_certificate(const std::string& file) {
  const OwnedBio bio = opened(file);
  OwnedCertificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) refuse(file + " holds no certificate (PEM)");
  return certificate;
}

struct Authority {
  std::string folder;
  OwnedCertificate certificate;
  OwnedKey key;
};

Authority open_authority(const std::string& folder) {
  if (!fs::exists(folder + "/ca-key.pem")) refuse(folder + " has no certificate authority; make one: muster agent pki init --folder " + folder);
  Authority out{folder, read_certificate(folder + "/ca.pem"), nullptr};
  const OwnedBio bio = opened(folder + "/ca-key.pem");
  out.key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!out.key) refuse(folder + "/ca-key.pem holds no key (PEM)");
  return out;
}

OwnedInteger drawn_serial() {
  OwnedNumber number(BN_new());
  require(number && BN_rand(number.get(), 126, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1, "its serial number");
  return OwnedInteger(BN_to_ASN1_INTEGER(number.get(), nullptr));
}

std::string hex_of(const ASN1_INTEGER* integer) {
  const OwnedNumber number(ASN1_INTEGER_to_BN(integer, nullptr));
  char* text = BN_bn2hex(number.get());
  std::string out = text ? text : "";
  OPENSSL_free(text);
  return out;
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const OwnedExtension extension(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

OwnedKey drawn_key() {
  OwnedKey key(EVP_EC_gen("P-256"));
  require(key != nullptr, "its key");
  return key;
}

// All but the extensions and the signature.
OwnedCertificate begun(const std::string& name, EVP_PKEY* key, std::int64_t from, std::int64_t to) {
  OwnedCertificate certificate(X509_new());
  require(certificate != nullptr, "memory");
  require(X509_set_version(certificate.get(), X509_VERSION_3) == 1 && X509_set_serialNumber(certificate.get(), drawn_serial().get()) == 1, "its number");
  require(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), from) != nullptr && ASN1_TIME_set(X509_getm_notAfter(certificate.get()), to) != nullptr, "its time");
  require(X509_set_pubkey(certificate.get(), key) == 1, "its key");
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const auto* bytes = reinterpret_cast<const unsigned char*>(name.data());
  require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, bytes, static_cast<int>(name.size()), -1, 0) == 1, "its name (64 characters at most)");
  return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) { require(X509_sign(certificate, key, EVP_sha256()) > 0, "its signature"); }

std::int64_t end_of(const X509* certificate) {
  int days = 0, seconds = 0;
  const OwnedTime epoch(ASN1_TIME_set(nullptr, 0));
  require(ASN1_TIME_diff(&days, &seconds, epoch.get(), X509_get0_notAfter(certificate)) == 1, "its end");
  return days * kDay + seconds;
}

json to_json(const Issued& issued) {
  return {{"name", issued.name},   {"serial", issued.serial},       {"fingerprint", issued.fingerprint}, {"use", issued.use == CertificateUse::agent ? "agent" : "runner"},
          {"until", issued.not_after}, {"revoked", issued.revoked}};
}

void write_issued(const std::string& folder, const std::vector<Issued>& all) {
  std::string text;
  for (const Issued& each : all) text += to_json(each).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  write_private(folder + "/issued.jsonl", text, true);
}

// It is valid for as long as its authority: who does not get the next one in time must not be taken for revoked.
void write_revocations(const Authority& authority, const std::vector<Issued>& all, const Moment& now) {
  const OwnedRevocations list(X509_CRL_new());
  require(list && X509_CRL_set_version(list.get(), 1) == 1 && X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.certificate.get())) == 1, "the list");
  const OwnedTime from(ASN1_TIME_set(nullptr, seconds_of(now) - kEarly));
  require(X509_CRL_set1_lastUpdate(list.get(), from.get()) == 1 && X509_CRL_set1_nextUpdate(list.get(), X509_get0_notAfter(authority.certificate.get())) == 1, "the list's time");
  for (const Issued& each : all) {
    if (!each.revoked) continue;
    BIGNUM* raw = nullptr;
    require(BN_hex2bn(&raw, each.serial.c_str()) > 0, "a serial number");
    const OwnedNumber number(raw);
    const OwnedInteger serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
    OwnedRevoked revoked(X509_REVOKED_new());
    require(revoked && X509_REVOKED_set_serialNumber(revoked.get(), serial.get()) == 1 && X509_REVOKED_set_revocationDate(revoked.get(), from.get()) == 1, "an entry");
    require(X509_CRL_add0_revoked(list.get(), revoked.release()) == 1, "an entry");
  }
  X509_CRL_sort(list.get());
  require(X509_CRL_sign(list.get(), authority.key.get(), EVP_sha256()) > 0, "the list's signature");
  write_private(authority.folder + "/revoked.pem", pem_of(list.get()), true);
}

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// It becomes a folder's name and goes into a certificate.
void check_name(const std::string& name) {
  const bool plain = !name.empty() && name.size() <= 64 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == std::string::npos;
  if (!plain || name[0] == '.') refuse("'" + name + "' is no name for a certificate: letters, digits, '-', '_' and '.', at most 64");
}

std::string alternative_names(const std::vector<std::string>& addresses) {
  std::string out;
  for (const std::string& address : addresses) {
    const bool number = family_of(address) != 0 && address.find('/') == std::string::npos;
    const bool host = !address.empty() && address.size() <= 253 && address.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == std::string::npos;
    if (!number && !host) refuse("'" + address + "' is no host name and no IP address");
    out += (out.empty() ? "" : ",") + std::string(number ? "IP:" : "DNS:") + address;
  }
  return out;
}

}  // namespace

void make_authority(const std::string& folder, const std::string& name, int days, const Moment& now) {
  if (fs::exists(folder + "/ca-key.pem")) refuse(folder + "/ca-key.pem is there already, and is never written over");
  make_folder(folder);
  const OwnedKey key = drawn_key();
  const std::int64_t from = seconds_of(now);
  const OwnedCertificate certificate = begun(name, key.get(), from - kEarly, from + days * kDay);
  require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1, "its issuer");
  extend(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  sign(certificate.get(), key.get());
  write_private(folder + "/ca-key.pem", pem_of(key.get()), false);
  write_private(folder + "/ca.pem", pem_of(certificate.get()), false);
  write_issued(folder, {});
  write_revocations(open_authority(folder), {}, now);
}

Issued issue_certificate(const std::string& folder, const std::string& name, CertificateUse use, const std::vector<std::string>& addresses, int days,
                         const Moment& now) {
  check_name(name);
  if (use == CertificateUse::agent && addresses.empty()) refuse("an agent's certificate needs the addresses by which runners call it");
  const std::string names = alternative_names(addresses);
  const Authority authority = open_authority(folder);
  std::vector<Issued> all = issued_certificates(folder);
  const OwnedKey key = drawn_key();
  const std::int64_t from = seconds_of(now), last = end_of(authority.certificate.get());
  if (last <= from) refuse(folder + "/ca.pem has expired; make another authority in another folder");
  const OwnedCertificate certificate = begun(name, key.get(), from - kEarly, std::min(from + days * kDay, last));
  require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.certificate.get())) == 1, "its issuer");
  extend(certificate.get(), authority.certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(certificate.get(), authority.certificate.get(), NID_key_usage, "critical,digitalSignature");
  extend(certificate.get(), authority.certificate.get(), NID_ext_key_usage, use == CertificateUse::agent ? "serverAuth" : "clientAuth");
  extend(certificate.get(), authority.certificate.get(), NID_authority_key_identifier, "keyid:always");
  if (!names.empty()) extend(certificate.get(), authority.certificate.get(), NID_subject_alt_name, names);
  sign(certificate.get(), authority.key.get());
  const Issued issued{name, hex_of(X509_get0_serialNumber(certificate.get())), fingerprint_of(certificate.get()), use, end_of(certificate.get()), false};
  all.push_back(issued);
  write_issued(folder, all);  // first: a certificate that nobody knows of could not be revoked
  const std::string own = folder + "/" + name;
  make_folder(own);
  write_private(own + "/key.pem", pem_of(key.get()), true);
  write_private(own + "/certificate.pem", pem_of(certificate.get()), true);
  for (const char* file : {"/ca.pem", "/revoked.pem"}) write_private(own + file, text_of(folder + file), true);
  return issued;
}

std::vector<Issued> revoke_certificates(const std::string& folder, const std::string& which, const Moment& now) {
  const Authority authority = open_authority(folder);
  std::vector<Issued> all = issued_certificates(folder), revoked;
  bool known = false;
  for (Issued& each : all) {
    if (each.name != which && each.serial != which && each.fingerprint != which) continue;
    known = true;
    if (!each.revoked) {
      each.revoked = true;
      revoked.push_back(each);
    }
  }
  if (!known) refuse("no certificate '" + which + "' was issued from " + folder);
  write_issued(folder, all);
  write_revocations(authority, all, now);
  return revoked;
}

std::vector<Issued> issued_certificates(const std::string& folder) {
  std::vector<Issued> out;
  std::ifstream in(folder + "/issued.jsonl");
  for (std::string line; std::getline(in, line);) try {
      const json j = json::parse(line);
      out.push_back({j.at("name"), j.at("serial"), j.at("fingerprint"), j.at("use") == "agent" ? CertificateUse::agent : CertificateUse::runner, j.at("until"), j.at("revoked")});
    } catch (const json::exception&) {
      refuse(folder + "/issued.jsonl cannot be read");
    }
  return out;
}

std::string fingerprint_of_file(const std::string& certificate) { return fingerprint_of(read_certificate(certificate).get()); }

std::int64_t end_of_file(const std::string& certificate) { return end_of(read_certificate(certificate).get()); }

}  // namespace muster
