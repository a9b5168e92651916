#include "exercise/keeper_words.h"

#include <nlohmann/json.hpp>

namespace muster {

nlohmann::json begin_word(const ListedEffect& effect) { return {{"begin", listed_to_json(effect)}}; }

ListedEffect begin_of(const nlohmann::json& word) { return listed_from_json(word.at("begin")); }

std::vector<std::string> Lines::take(std::string_view piece) {
  std::vector<std::string> out;
  open_ += piece;
  std::size_t begin = 0;
  for (std::size_t end; (end = open_.find('\n', begin)) != std::string::npos; begin = end + 1) out.push_back(open_.substr(begin, end - begin));
  open_.erase(0, begin);
  return out;
}

}  // namespace muster
