/// Any bytes as a scenario: it loads, or it is refused with located problems; nothing else ever happens.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "models/fingerprint.h"
#include "models/load.h"

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

bool is_safe_line(const std::string& text) {
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  return !text.empty();
}

void check_problem(const muster::Problem& problem, muster::Problem::Severity severity) {
  expect(problem.severity == severity);
  expect(problem.line >= 0 && problem.column >= 0);
  expect(problem.pointer.empty() || problem.pointer[0] == '/');
  expect(is_safe_line(problem.text()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  muster::LoadLimits limits;
  limits.bytes = 1 << 16;
  limits.nodes = 5000;
  limits.depth = 20;
  limits.problems = 20;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // A form feed, which no scenario holds, may lead over to a setting: "/pointer=value".
  std::vector<muster::Setting> settings;
  if (std::size_t feed = text.rfind('\f'); feed != text.npos) {
    std::string_view setting = text.substr(feed + 1);
    std::size_t equals = setting.find('=');
    if (equals != setting.npos) settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    text = text.substr(0, feed);
  }
  try {
    muster::Loaded loaded = muster::parse_scenario(text, "fuzz.yaml", "/nowhere", settings, limits);
    expect(loaded.scenario.sha256 == muster::sha256_hex(muster::canonical_json(loaded.scenario)));
    for (const muster::Problem& warning : loaded.warnings) check_problem(warning, muster::Problem::Severity::warning);
  } catch (const muster::InvalidInput& wrong) {
    expect(!wrong.problems().empty() && wrong.problems().size() <= limits.problems + 2);
    for (const muster::Problem& problem : wrong.problems()) check_problem(problem, muster::Problem::Severity::error);
  }
  return 0;
}
