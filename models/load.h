#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/scenario.h"

/// From a file to a Scenario: one path for YAML and JSON, driven by one schema (models/shape.h).
///
/// Every problem of the file is found in one go and located. Time and memory are bounded by the limits below
/// whatever the file holds; nothing here throws anything but InvalidInput for bad input.
namespace muster {

/// A located finding. `line` and `column` count from 1 (columns in characters); 0 where the file as a whole is meant.
struct Problem {
  enum class Severity { error, warning } severity = Severity::error;
  std::string file;
  int line = 0, column = 0;
  std::string pointer;  ///< JSON pointer of the value (RFC 6901)
  std::string message;  ///< what is wrong, what was expected, did you mean …
  /// "plan.yaml:42:11: /plan/steps/db/takes: …" ; a warning says so after the place.
  std::string text() const;
  friend bool operator==(const Problem&, const Problem&) = default;
};

class InvalidInput : public std::runtime_error {
 public:
  explicit InvalidInput(std::vector<Problem> problems);  ///< what() is all of them, a line each
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

struct LoadLimits {
  std::size_t bytes = 4u << 20;       ///< of one file; larger is refused unread
  std::size_t nodes = 200'000;        ///< values, after aliases are expanded
  int depth = 64;
  std::size_t problems = 100;         ///< reported; more are counted
};

/// "/roles/engineer/count" = "6", as on the command line; the value is YAML.
using Setting = std::pair<std::string, std::string>;

struct Loaded {
  Scenario scenario;
  std::vector<Problem> warnings;  ///< unreachable steps, services that nothing brings back, …
};

/// Reads, checks and resolves a scenario. Relative files inside it (empirical CSVs) are found beside it.
/// Throws InvalidInput; an unreadable file is a Problem without line.
Loaded load_scenario(const std::string& path, const std::vector<Setting>& settings = {}, const LoadLimits& = {});
/// The same from memory; `name` stands for the file in messages, `folder` is where relative files are looked for.
Loaded parse_scenario(std::string_view text, const std::string& name, const std::string& folder = ".",
                      const std::vector<Setting>& settings = {}, const LoadLimits& = {});

/// The JSON Schema (2020-12) of a scenario file, as shipped in scenarios/schema.json, from the same shapes that the loader checks by.
std::string scenario_json_schema();

}  // namespace muster
