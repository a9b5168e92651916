#include "models/observations.h"

#include <charconv>

#include "models/moments.h"

namespace muster {
namespace {

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

const char* word_of(Observation::Of of) {
  return of == Observation::Of::step ? "step" : of == Observation::Of::response ? "role" : "outage";
}

bool of_word(std::string_view word, Observation::Of& of) {
  for (const auto one : {Observation::Of::step, Observation::Of::response, Observation::Of::outage})
    if (word == word_of(one)) {
      of = one;
      return true;
    }
  return false;
}

std::string observations_heading() { return "of,name,seconds,censored,ended,source,scenario,with-response-of,during\n"; }

std::string observation_row(const Observation& o) {
  char seconds[40];
  const std::string number(seconds, std::to_chars(seconds, seconds + sizeof seconds, o.seconds).ptr);
  return std::string(word_of(o.of)) + "," + cell(o.name) + "," + number + "," + (o.censored ? "1" : "0") + "," +
         (o.ended ? iso_text({0, o.ended}) : "") + "," + cell(o.source) + "," + cell(o.scenario) + "," + cell(o.with_response_of) + "," + cell(o.during) + "\n";
}

std::string as_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || upper)
      out += upper ? static_cast<char>(c + 32) : c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

std::vector<Observation> selected(const std::vector<Observation>& all, Observation::Of of, const std::string& name, const std::string& scenario) {
  std::vector<Observation> out;
  for (const Observation& o : all)
    if (o.of == of && o.name == name && (scenario.empty() || o.scenario.empty() || o.scenario == scenario)) out.push_back(o);
  return out;
}

}  // namespace muster
