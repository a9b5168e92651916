#include "exercise/agent/agent_settings.h"

#include <cstdlib>
#include <filesystem>

#include "exercise/faults/networks.h"
#include "exercise/guard_files.h"
#include "exercise/refused.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

std::string text_at(const GuardFile& file, const std::string& path, const std::string& key, const std::string& otherwise, std::vector<std::string>& wrong) {
  const Node* node = file.root.find(key);
  if (!node) return otherwise;
  if (node->is_scalar() && node->kind != Node::Kind::null && !node->text.empty()) return node->text;
  wrong.push_back(path + ":" + std::to_string(node->place.line) + ": " + key + " must be a text, but is " + describe(*node));
  return otherwise;
}

bool is_fingerprint(const std::string& text) {
  return text.size() == 71 && text.starts_with("sha256:") && text.find_first_not_of("0123456789abcdef", 7) == std::string::npos;
}

// As people write it: with colons, in capitals.
std::string plain_fingerprint(const std::string& text) {
  std::string out;
  for (const char c : text.starts_with("sha256:") || text.starts_with("SHA256:") ? text.substr(7) : text)
    if (c != ':') out += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return "sha256:" + out;
}

}  // namespace

AgentSettings read_agent_settings(const std::string& path) {
  AgentSettings settings;
  settings.file = path;
  const GuardFile file = read_guard_file(path, {"listen", "runners", "netns", "certificate", "key", "ca", "revoked"});
  std::vector<std::string> wrong = file.wrong;
  if (!file.there && wrong.empty()) wrong.push_back("there is no " + path + "; it says where the agent listens and who may give it orders, for example:\n    listen: \"0.0.0.0:7443\"\n    runners: [\"sha256:…\"]");
  if (!wrong.empty()) throw Refused(wrong);
  settings.listen = text_at(file, path, "listen", "0.0.0.0:7443", wrong);
  settings.netns = text_at(file, path, "netns", "", wrong);
  const auto [host, port] = host_and_port(settings.listen);
  if (family_of(host) == 0 || host.find('/') != std::string::npos || port.empty() || port.find_first_not_of("0123456789") != std::string::npos || std::atoi(port.c_str()) > 65535)
    wrong.push_back(path + ": listen must be an IP address and a port, such as \"0.0.0.0:7443\", but is '" + settings.listen + "'");
  for (const std::string& runner : names_in(file, path, "runners", wrong)) {
    settings.runners.push_back(plain_fingerprint(runner));
    if (!is_fingerprint(settings.runners.back())) wrong.push_back(path + ": runners: '" + runner + "' is no SHA-256 fingerprint (muster agent pki issue prints it)");
  }
  const std::string folder = "/etc/muster/agent/";
  const auto at = [&](const char* key, const std::string& otherwise) {  // relative to the file that says it
    const std::string text = text_at(file, path, key, otherwise, wrong);
    return text.empty() ? text : (fs::absolute(path).parent_path() / text).string();
  };
  const bool list = fs::exists(folder + "revoked.pem");
  settings.credentials = {at("certificate", folder + "certificate.pem"), at("key", folder + "key.pem"), at("ca", folder + "ca.pem"), at("revoked", list ? folder + "revoked.pem" : "")};
  if (!wrong.empty()) throw Refused(wrong);
  return settings;
}

Credentials runner_credentials() {
  const char* given = std::getenv("MUSTER_RUNNER_DIR");
  const std::string folder = given && *given ? given : "/etc/muster/runner";
  if (!fs::exists(folder + "/certificate.pem"))
    throw Refused({"there is no " + folder + "/certificate.pem, which agents want to see; make one: muster agent pki issue NAME, and copy its folder there"});
  return {folder + "/certificate.pem", folder + "/key.pem", folder + "/ca.pem", fs::exists(folder + "/revoked.pem") ? folder + "/revoked.pem" : ""};
}

}  // namespace muster
