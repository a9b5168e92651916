#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "exercise/edge/dns_message.h"
#include "models/exercise.h"

/// What becomes of one DNS message. Not thread-safe: it remembers answers.
namespace muster {

struct NameVerdict {
  enum class Kind { pass, answer, hang } kind = Kind::pass;
  bool struck = false;                  ///< it is about a name of the fault
  std::chrono::milliseconds late{0};    ///< so much later, whatever it is
  std::string answer;
  std::string remember;                 ///< of one that passes: under which name its answer is kept
};

class NameRule {
 public:
  NameRule(const DnsFault& fault, std::uint64_t seed) : fault_(fault), seed_(seed) {}
  NameVerdict judge(std::string_view message, std::uint64_t number, bool over_tcp) const;
  /// Of an answer that has come to a question with `remember`. The first one stays.
  void keep(const std::string& remember, std::string_view answer);

 private:
  DnsFault fault_;
  std::uint64_t seed_;
  std::map<std::string, std::string> kept_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace muster
