#include "exercise/faults/words.h"

namespace muster {

std::string as_typed(const std::string& word) {
  static constexpr char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string as_typed(const Argv& argv) {
  std::string out;
  for (const std::string& word : argv) out += (out.empty() ? "" : " ") + as_typed(word);
  return out;
}

std::string as_typed_at(const Argv& argv, const std::string& folder, const std::string& netns) {
  return (folder.empty() ? "" : "cd " + as_typed(folder) + " && ") + (netns.empty() ? "" : "ip netns exec " + as_typed(netns) + " ") + as_typed(argv);
}

}  // namespace muster
