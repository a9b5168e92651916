#include <gtest/gtest.h>

#include <stdexcept>

#include "reports/markup.h"
#include "reports/page_frame.h"
#include "reports/page_table.h"

namespace muster {
namespace {

TEST(Markup, EscapesWhateverComesFromAFile) {
  EXPECT_EQ(escaped("<b onclick=\"x\">R&D's</b>"), "&lt;b onclick=&quot;x&quot;&gt;R&amp;D&#39;s&lt;/b&gt;");
  EXPECT_EQ(Markup().open("i", {{"title", "\"><script>"}}).text("<").close().done(),
            "<i title=\"&quot;&gt;&lt;script&gt;\">&lt;</i>");
}

TEST(Markup, ElementsThatAreNotClosedAreABug) {
  EXPECT_THROW(Markup().open("p").done(), std::logic_error);
  EXPECT_THROW(Markup().close(), std::logic_error);
}

const PageTable table{"Bars",
                      {{"name"}, {"n", PageCell::Kind::number}, {"verdict"}},
                      {{{"a|b", PageCell::Kind::name}, {"1", PageCell::Kind::number}, {"MET", PageCell::Kind::verdict}}}};

TEST(PageTable, AsMarkdownKeepsItsColumns) {
  EXPECT_EQ(markdown(table), "Bars:\n\n| name | n | verdict |\n| --- | ---: | --- |\n| **a\\|b** | 1 | **MET** |\n\n");
}

TEST(PageTable, AsHtmlNamesItsHeadingsAndItsVerdicts) {
  Markup page;
  add_table(page, table);
  const std::string html = page.done();
  EXPECT_NE(html.find("<caption>Bars</caption>"), std::string::npos);
  EXPECT_NE(html.find("<th scope=\"col\" class=\"n\">n</th>"), std::string::npos);
  EXPECT_NE(html.find("<th scope=\"row\">a|b</th>"), std::string::npos);
  EXPECT_NE(html.find("<span class=\"verdict met\">MET</span>"), std::string::npos);
}

TEST(PageTable, WithoutRowsIsNothing) {
  Markup page;
  add_table(page, {"empty", {{"x"}}, {}});
  EXPECT_EQ(page.done(), "");
  EXPECT_EQ(markdown({"empty", {{"x"}}, {}}), "");
}

TEST(PageFrame, DataCannotEndItsElement) {
  const std::string page = html_page({"t", "", R"({"name":"</script><script>alert(1)</script>"})"});
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("\\u003c/script>"), std::string::npos);
}

}  // namespace
}  // namespace muster
