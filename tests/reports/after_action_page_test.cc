#include "reports/after_action_page.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/after_action.h"
#include "reports/markdown.h"
#include "reports/markdown_html.h"
#include "tests/reports/example_exercise.h"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string html_of(const std::string& markdown) {
  Markup page;
  add_markdown(page, markdown, "a caption");
  return page.done();
}

// What is written from any text, is read as just that text.
TEST(MarkdownHtml, ReadsBackWhatWasWrittenAndLetsNothingBecomeAnElement) {
  const std::pair<const char*, const char*> texts[] = {{"plain words", "plain words"},
                                                       {"<script>alert(\"1\")</script> & more", "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more"},
                                                       {"a | b \\ c ** d ` e", "a | b \\ c ** d ` e"},
                                                       {"- no list", "- no list"},
                                                       {"[x](http://example.org) _y_ #1", "[x](http://example.org) _y_ #1"}};
  for (const auto& [text, html] : texts) {
    EXPECT_EQ(html_of_inline(markdown_text(text)), html);
    EXPECT_EQ(html_of_inline("**" + markdown_text(text) + "**, " + markdown_text(text)), "<strong>" + std::string(html) + "</strong>, " + html);
    EXPECT_EQ(html_of_inline("x " + markdown_code(text) + " y"), "x <code>" + std::string(html) + "</code> y");
    EXPECT_THAT(html_of(markdown_table({"t", "u"}, {{markdown_text(text), markdown_code(text)}})),
                HasSubstr("<tr><th scope=\"row\">" + std::string(html) + "</th><td><code>" + html + "</code></td></tr>"));
    EXPECT_EQ(html_of(markdown_block(std::string("  ") + text + "\n```\n\nend")), "<pre tabindex=\"0\">  " + std::string(html) + "\n```\n\nend\n</pre>");
    EXPECT_EQ(html_of(markdown_list({markdown_text(text), "b"})), "<ul><li>" + std::string(html) + "</li><li>b</li></ul>\n");
  }
  EXPECT_EQ(html_of("one\ntwo\n\n### three `3`\n"), "<p>one</p>\n<p>two</p>\n<h3>three <code>3</code></h3>\n");
  EXPECT_EQ(html_of_inline("unended ** and ` stay"), "unended ** and ` stay");
  EXPECT_EQ(html_of_inline("**MISSED**"), "<span class=\"verdict missed\">MISSED</span>");
}

std::string page_of(const ExerciseRecord& record) { return after_action_page(record, example::actions(), example::today, "0.1.0", std::string(64, 'a')); }

nlohmann::json charts_of(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"charts\">";
  const std::size_t from = page.find(start) + start.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(AfterActionPage, SaysWhatTheMarkdownSays) {
  const ExerciseRecord record = example::failover_record();
  const std::string page = page_of(record);
  for (const AfterActionSection& section : after_action_sections(record, findings_of(record), example::actions(), example::today)) {
    EXPECT_THAT(page, HasSubstr(">" + section.heading + "</h" + std::to_string(section.level) + ">"));
    if (section.timeline) continue;
    EXPECT_THAT(page, HasSubstr([&] {
                  Markup part;
                  add_markdown(part, section.text, section.heading);
                  return part.done();
                }()));
  }
  EXPECT_THAT(page, HasSubstr("<td>32.3 s ± 150 ms</td><td>RTO 30 s</td><td><span class=\"verdict missed\">MISSED</span></td>"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy"));
  EXPECT_THAT(page, Not(HasSubstr("░"))) << "the timeline is a chart";
}

TEST(AfterActionPage, DrawsWhatWasDoneAndWhatWasSimulated) {
  const nlohmann::json gantts = charts_of(page_of(example::failover_record())).at("gantts").at("exercise");
  ASSERT_EQ(gantts.size(), 2u);
  const auto row = [&](std::size_t which, const std::string& name) {
    for (const auto& step : gantts[which].at("steps"))
      if (step.at("name") == name) return step;
    return nlohmann::json();
  };
  EXPECT_NEAR(row(0, "promote-west").at("attempts").at(0).at("start").get<double>(), 9, 1e-6);
  EXPECT_NEAR(row(0, "promote-west").at("attempts").at(0).at("end").get<double>(), 27, 1e-6);
  EXPECT_EQ(row(0, "swap-dns").at("attempts").at(0).at("failed"), true);
  EXPECT_EQ(row(0, "fault cut").at("attempts").at(0).at("start"), 0) << "it began before t0";
  EXPECT_TRUE(row(0, "warm-caches").is_null()) << "it was not reached";
  EXPECT_FALSE(row(1, "warm-caches").is_null()) << "and yet it was simulated";
  EXPECT_NEAR(gantts[0].at("recovery").get<double>(), 32.3, 0.01);
}

TEST(AfterActionPage, IsWholeWhereNothingBeganOrAllDied) {
  EXPECT_THAT(page_of(example::died_record()), HasSubstr("Faults, and proof of their undo"));
  ExerciseRecord none;
  none.id = "x";
  EXPECT_THAT(page_of(none), HasSubstr("Nothing began."));
}

}  // namespace
}  // namespace muster
