#pragma once
#include <string>
#include <utility>
#include <vector>

#include "reports/markup.h"

/// A chart on a page, with the tables that say the same.
namespace muster {

struct Choice {
  std::string name, legend;
  std::vector<std::pair<std::string, std::string>> values;  ///< value and label; the first is chosen
};

struct Figure {
  std::string chart, key;   ///< which drawing (reports/web/src/page.ts), and of what
  std::string id;           ///< unique on the page
  std::string title, said;  ///< what it shows, and how to read it
  std::vector<Choice> choices;
  std::vector<PageTable> tables;
  std::string each{};       ///< the choice of which paper shows every value, one below the other; of others, what is chosen
};
/// Without JavaScript the tables are open and nothing else shows.
void add_figure(Markup& page, const Figure& figure);

}  // namespace muster
