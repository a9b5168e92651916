#include "reports/figure.h"

namespace muster {
namespace {

void add_choice(Markup& page, const std::string& figure, const Choice& choice) {
  if (choice.values.size() < 2) return;
  page.open("fieldset").element("legend", choice.legend);
  for (std::size_t i = 0; i < choice.values.size(); ++i) {
    Attributes attributes{{"type", "radio"},
                          {"name", figure + "-" + choice.name},
                          {"data-choice", choice.name},
                          {"value", choice.values[i].first}};
    if (i == 0) attributes.emplace_back("checked", "");
    page.open("label").open("input", attributes).void_close().text(choice.values[i].second).close();
  }
  page.close();
}

}  // namespace

void add_figure(Markup& page, const Figure& figure) {
  Attributes attributes{{"data-chart", figure.chart}, {"data-key", figure.key}, {"id", figure.id}};
  if (!figure.each.empty()) attributes.emplace_back("data-each", figure.each);
  page.open("figure", attributes);
  page.open("figcaption").element("b", figure.title).raw(" ").text(figure.said).close();
  for (const Choice& choice : figure.choices) add_choice(page, figure.id, choice);
  page.element("div", "",
               {{"class", "chart"}, {"role", "img"}, {"aria-label", figure.title + " The numbers are in the table below."}});
  page.open("details", {{"open", ""}}).element("summary", "The numbers");
  for (const PageTable& table : figure.tables) add_table(page, table);
  page.close().close();
}

}  // namespace muster
