#pragma once
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/happening.h"

/// Secrets out of everything that is written.
namespace muster {

/// Replaces each secret by "[masked]": raw, URL-encoded, base64-encoded (at any of the three places in a
/// longer text) and as it looks within a JSON string. Secrets shorter than 3 characters are left: they are
/// everywhere. A value; thread-safe.
class Masking {
 public:
  Masking() = default;
  explicit Masking(const std::vector<std::string>& secrets);
  std::string operator()(const std::string& text) const;
  void mask(Happening& happening) const;  ///< every text of it
  std::vector<PlannedEffect> operator()(std::vector<PlannedEffect> effects) const;
  bool empty() const { return forms_.empty(); }
  std::size_t longest() const;  ///< characters of the longest form

 private:
  std::vector<std::string> forms_;  ///< the longest first
};

/// All that is secret in an exercise: the values of the environment variables that it lists (of ours, and of
/// each command's `env`), and the passwords in its DSNs and URLs, percent-decoded too.
std::vector<std::string> secrets_of(const Exercise& exercise);

}  // namespace muster
