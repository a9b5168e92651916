#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "exercise/undo_list.h"

/// What runner and keeper say to each other: one JSON object a line.
///
/// To the keeper: {"beat"}, {"begin": EFFECT, "lasts", "fence"}, {"end-all": WHY}, {"leave"}.
/// From it: {"ready"}, {"beat"}, {"happening": LINE}, {"begun": FAULT, "why": WHY NOT}, {"all-ended": [REMAINS]}.
namespace muster {

nlohmann::json begin_word(const ListedEffect& effect);
ListedEffect begin_of(const nlohmann::json& word);

/// Puts lines together as they come.
class Lines {
 public:
  std::vector<std::string> take(std::string_view piece);

 private:
  std::string open_;
};

}  // namespace muster
