#include <regex>

#include "models/decode.h"
#include "models/decode_exercise.h"
#include "models/wording.h"

namespace muster {
namespace {

const std::string words =
    "(password|passwd|passphrase|mysql_pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)";
const std::string instead =
    "; secrets stand in the environment or in a file, never in arguments or in this file";

// Texts may be long: std::regex_search is recursive, and what matters stands near its word.
bool found(const std::string& text, const std::regex& pattern) {
  return std::regex_search(text.substr(0, 4000), pattern);
}

bool holds_secret(const std::string& text) {
  static const std::regex assigned(words + " *[=:] *[^ =:$]", std::regex::icase);
  static const std::regex of_user("[a-z][a-z0-9+.-]*://[^/?#@ :]*:[^/?#@ ]+@", std::regex::icase);
  return found(text, assigned) || found(text, of_user);
}

bool names_secret(const std::string& name) {
  static const std::regex named(words + "$|^(proxy-)?authorization$|^cookie$", std::regex::icase);
  return found(name, named);
}

}  // namespace

void refuse_secret(const View& at, Findings& findings) {
  if (at->is_scalar() && findings.clean(at.pointer()) && holds_secret(at->text))
    findings.error(at, "a password or another secret" + instead);
}

void refuse_secrets_in(const View& argv, Findings& findings) {
  static const std::regex announces("^--?" + words + "$", std::regex::icase);
  bool announced = false;
  each_item(argv, [&](const View& item) {
    if (!item->is_scalar()) return;
    if (announced && item->text.substr(0, 1) != "-" && findings.clean(item.pointer())) {
      findings.error(item, "a password or another secret" + instead);
    } else {
      refuse_secret(item, findings);
    }
    announced = found(item->text, announces);
  });
}

void refuse_named_secret(const View& member, Findings& findings) {
  if (findings.clean(member.pointer()) && names_secret(std::string(member.key)))
    findings.error_at_key(member, in_quotes(member.key) + " is a secret by its name" + instead);
  else
    refuse_secret(member, findings);
}

}  // namespace muster
