#include "exercise/masking.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace muster {
namespace {

std::string percent_encoded(const std::string& text, bool capital) {
  const char* digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c != 0 && std::string_view("-._~").find(c) != std::string_view::npos);
    if (plain)
      out += c;
    else
      (out += '%') += {digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

std::string percent_decoded(const std::string& text) {
  std::string out;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The characters of the encoding of a longer text that depend on the secret alone, which begins `shift`
/// bytes into a group of three; with `whole` those that depend on it in part too.
std::string base64_within(const std::string& secret, std::size_t shift, const char* alphabet,
                          bool whole = false) {
  const std::string text = std::string(shift, '\0') + secret;
  const std::size_t bits = text.size() * 8;
  std::string out;
  for (std::size_t bit = 0; whole ? bit < bits : bit + 6 <= bits; bit += 6) {
    unsigned value = 0;
    for (std::size_t b = bit; b < bit + 6; ++b)
      value = value * 2 + (b < bits ? (static_cast<unsigned char>(text[b / 8]) >> (7 - b % 8)) & 1u : 0u);
    if (bit >= shift * 8) out += alphabet[value];
  }
  return out;
}

std::string in_json(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out;
}

std::string replaced(std::string text, const std::string& form) {
  static const std::string mask = "[masked]";
  for (std::size_t at = 0; (at = text.find(form, at)) != std::string::npos; at += mask.size())
    text.replace(at, form.size(), mask);
  return text;
}

void mask_all(const Masking& masking, std::vector<std::string>& texts) {
  for (std::string& text : texts) text = masking(text);
}

/// One overload for each kind of happening, so that a new kind does not compile until somebody has thought of
/// its texts.
struct Texts {
  const Masking& m;
  void operator()(RunBegan& h) const {
    h.title = m(h.title);
    h.effects = m(h.effects);
  }
  void operator()(StepChanged& h) const {
    for (std::string* text : {&h.note, &h.output_tail, &h.why, &h.by}) *text = m(*text);
  }
  void operator()(Asked& h) const { h.question = m(h.question); }
  void operator()(FaultChanged& h) const {
    for (std::string* text : {&h.why, &h.proof}) *text = m(*text);
    mask_all(m, h.by_hand);
  }
  void operator()(ProbeChanged& h) const { h.what = m(h.what); }
  void operator()(ProbeCounted&) const {}
  void operator()(ConditionMet& h) const { h.why = m(h.why); }
  void operator()(CanaryRead& h) const { h.why_not = m(h.why_not); }
  void operator()(RecoveryMeasured& h) const { h.why = m(h.why); }
  void operator()(AfterwardsRan& h) const {
    h.output_tail = m(h.output_tail);
    h.why = m(h.why);
  }
  void operator()(FootprintCompared& h) const {
    for (auto* list : {&h.before, &h.after, &h.remains, &h.changed}) mask_all(m, *list);
  }
  void operator()(Noted& h) const {
    h.what = m(h.what);
    h.by = m(h.by);
  }
  void operator()(RunEnded& h) const {
    h.why = m(h.why);
    mask_all(m, h.remains);
    mask_all(m, h.done_not_undone);
  }
};

/// password=… of a keyword/value DSN, quoted or not.
void add_keyword_password(const std::string& dsn, std::vector<std::string>& secrets) {
  for (std::size_t at = 0; (at = dsn.find("password", at)) != std::string::npos;) {
    at += 8;
    std::size_t from = dsn.find_first_not_of(" \t", at);
    if (from == std::string::npos || dsn[from] != '=') continue;
    from = dsn.find_first_not_of(" \t", from + 1);
    if (from == std::string::npos) return;
    std::string value, written;
    const bool quoted = dsn[from] == '\'';
    for (std::size_t i = from + (quoted ? 1 : 0); i < dsn.size(); ++i) {
      if (quoted ? dsn[i] == '\'' : dsn[i] == ' ' || dsn[i] == '&') break;
      written += dsn[i];
      if (dsn[i] == '\\' && i + 1 < dsn.size()) written += dsn[++i];
      value += dsn[i];
    }
    secrets.push_back(value);
    secrets.push_back(written);
    secrets.push_back(percent_decoded(value));
  }
}

/// scheme://user:password@host
void add_url_password(const std::string& text, std::vector<std::string>& secrets) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return;
  const std::string authority = text.substr(scheme + 3, text.find_first_of("/?#", scheme + 3) - scheme - 3);
  const std::size_t at = authority.rfind('@'), colon = authority.find(':');
  if (at == std::string::npos || colon == std::string::npos || colon > at) return;
  const std::string password = authority.substr(colon + 1, at - colon - 1);
  secrets.push_back(password);
  secrets.push_back(percent_decoded(password));
}

}  // namespace

Masking::Masking(const std::vector<std::string>& secrets) {
  const char *usual = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
             *for_urls = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const std::string& secret : secrets) {
    if (secret.size() < 3) continue;
    for (const std::string& form :
         {secret, percent_encoded(secret, true), percent_encoded(secret, false), in_json(secret)})
      forms_.push_back(form);
    for (const char* alphabet : {usual, for_urls}) {
      forms_.push_back(base64_within(secret, 0, alphabet, true));
      for (std::size_t shift = 0; shift < 3; ++shift) {
        const std::string form = base64_within(secret, shift, alphabet);
        if (form.size() >= 4) forms_.push_back(form);
      }
    }
  }
  std::sort(forms_.begin(), forms_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  forms_.erase(std::unique(forms_.begin(), forms_.end()), forms_.end());
}

std::string Masking::operator()(const std::string& text) const {
  std::string out = text;
  for (const std::string& form : forms_) out = replaced(std::move(out), form);
  return out;
}

std::vector<PlannedEffect> Masking::operator()(std::vector<PlannedEffect> effects) const {
  for (PlannedEffect& effect : effects)
    for (auto* lines : {&effect.does, &effect.undone_by, &effect.by_hand}) mask_all(*this, *lines);
  return effects;
}

void Masking::mask(Happening& happening) const {
  if (!forms_.empty()) std::visit(Texts{*this}, happening.what);
}

std::size_t Masking::longest() const { return forms_.empty() ? 0 : forms_.front().size(); }

std::vector<std::string> secrets_of(const Exercise& exercise) {
  std::vector<std::string> secrets;
  const auto from_run = [&](const std::optional<Run>& run) {
    if (!run) return;
    for (const std::string& name : exercise.secrets)
      if (const auto it = run->env.find(name); it != run->env.end()) secrets.push_back(it->second);
  };
  for (const std::string& name : exercise.secrets)
    if (const char* value = std::getenv(name.c_str())) secrets.emplace_back(value);
  for (const Binding& step : exercise.steps) from_run(step.run), from_run(step.undo);
  for (const FaultPlan& fault : exercise.faults) {
    from_run(fault.before_undo);
    if (const auto* command = std::get_if<CommandFault>(&fault.settings))
      from_run(command->apply), from_run(command->undo), from_run(command->check);
  }
  from_run(exercise.afterwards);
  const auto from_text = [&](const std::string& text) {
    add_keyword_password(text, secrets), add_url_password(text, secrets);
  };
  for (const Probe& probe : exercise.probes) {
    if (const auto* postgres = std::get_if<PostgresProbe>(&probe.check)) from_text(postgres->dsn);
    if (const auto* http = std::get_if<HttpProbe>(&probe.check)) from_text(http->url);
    if (const auto* prometheus = std::get_if<PrometheusProbe>(&probe.check)) from_text(prometheus->url);
  }
  if (exercise.canary) from_text(exercise.canary->writes), from_text(exercise.canary->reads);
  return secrets;
}

}  // namespace muster
