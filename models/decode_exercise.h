#pragma once
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "models/exercise.h"
#include "models/findings.h"

/// From a tree to an Exercise. What the shape check has found wrong already is left out in silence; what only
/// shows here (names that nobody defined, secrets, commands that are empty) is reported.
namespace muster {

/// Names that others may use. Not `known`: what defines them could not be read, and nothing is said about
/// any.
struct Names {
  std::string what;  ///< "target"
  bool known = true;
  std::string in{};                        ///< " in the scenario"
  std::vector<std::string> all{};          ///< in the order of the file
  std::unordered_set<std::string> each{};  ///< the same
  void add(const std::string& name);
  bool has(const std::string& name) const { return each.count(name) != 0; }
};

/// What the functions below share while one document is decoded.
struct ExerciseDecoding {
  Findings& findings;
  const Scenario* scenario = nullptr;  ///< as the outage sees it; null: could not be read
  std::string folder{};                ///< where relative files start
  std::string outage{};                ///< where the document itself names none
  Names targets{"target"}, probes{"probe"}, services{"service"}, regions{"region"},
      places{"service or region"}, roles{"role"}, steps{"step"};
};

Exercise decode_exercise(const View& root, ExerciseDecoding& decoding);

Probe decode_probe(const View& value, ExerciseDecoding& decoding);
Condition decode_condition(const View& value, ExerciseDecoding& decoding);
FaultPlan decode_fault(const View& value, ExerciseDecoding& decoding);
EndpointOutageFault decode_endpoint_outage(const View& value, ExerciseDecoding& decoding);
DnsFault decode_dns_fault(const View& value, ExerciseDecoding& decoding);
ProxyFault decode_proxy_fault(const View& value, ExerciseDecoding& decoding);
Canary decode_canary(const View& value, ExerciseDecoding& decoding);

/// A program and its arguments; empty where the field is missing or wrong.
Argv argv_field(const View& map, std::string_view key, ExerciseDecoding& decoding);
/// A command with its bounds, whether as a list or as a map.
Run decode_run(const View& value, ExerciseDecoding& decoding);
std::optional<Run> run_field(const View& map, std::string_view key, ExerciseDecoding& decoding);
Where where_field(const View& map, std::string_view key, ExerciseDecoding& decoding);
std::vector<Condition> conditions_field(const View& map, std::string_view key, ExerciseDecoding& decoding);

/// Reports a name that is not defined, at the value; keys of maps at their key.
void expect_name(const View& at, const std::string& name, const Names& names, Findings& findings);
/// Reports the text of a value that holds a password, a token or the like.
void refuse_secret(const View& at, Findings& findings);
/// The same of a program's arguments, of which one may announce the next.
void refuse_secrets_in(const View& argv, Findings& findings);
/// The same of a variable or header, whose name tells.
void refuse_named_secret(const View& member, Findings& findings);

/// What concerns several values: what can never begin, what is missing to measure, and warnings about what
/// will surprise.
void check_exercise(const Exercise& exercise, const ExerciseDecoding& decoding, Findings& findings);

}  // namespace muster
