#include "models/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace muster {
namespace {

using Kind = Node::Kind;
using testing::HasSubstr;

Document read(std::string_view text, const LoadLimits& limits = {}) { return read_document(text, "f.yaml", limits); }

std::string refusal(std::string_view text, const LoadLimits& limits = {}) {
  try {
    Document document = read(text, limits);
    return document.problems.empty() ? "" : InvalidInput(document.problems).what();
  } catch (const InvalidInput& wrong) {
    return wrong.what();
  }
}

TEST(Document, KnowsThePlaceOfEveryKeyAndValue) {
  Document document = read("a:\n  b: [x, é, {c: 1}]\n  \"d\": |\n    text\n");
  const Member& a = document.root.members.at(0);
  EXPECT_EQ(a.place, (Place{1, 1, 0}));
  EXPECT_EQ(a.value.place, (Place{2, 3, 0}));
  const Node& b = *a.value.find("b");
  EXPECT_EQ(b.place, (Place{2, 6, 0}));
  EXPECT_EQ(b.items.at(1).place, (Place{2, 10, 0}));
  // é is two bytes and one character: columns count characters.
  EXPECT_EQ(b.items.at(2).members.at(0).place, (Place{2, 14, 0}));
  EXPECT_EQ(a.value.members.at(1).place, (Place{3, 3, 0}));
  EXPECT_EQ(a.value.find("d")->text, "text\n");
}

// The table of the core schema, YAML 1.2.2 section 10.3.2, and what earlier versions made of other words.
TEST(Document, ResolvesScalarsByTheCoreSchema) {
  for (const char* text : {"", "~", "null", "Null", "NULL"}) EXPECT_EQ(resolve_plain(text), Kind::null) << text;
  for (const char* text : {"true", "True", "TRUE", "false", "False", "FALSE"}) EXPECT_EQ(resolve_plain(text), Kind::boolean) << text;
  for (const char* text : {"0", "-19", "+3", "0o7", "0x3A", "0.", "-0.0", ".5", "+12e03", "-2E+05", "1.5e-3", ".inf", "-.Inf", "+.INF", ".nan", ".NaN", "010"})
    EXPECT_EQ(resolve_plain(text), Kind::number) << text;
  for (const char* text : {"NO", "no", "yes", "y", "on", "off", "nUll", "tRUE", "1_000", "0b101", "190:20:30", "12:30", "1.2.3", "0o8", "0xG", "0x", "1e", "e3", ".", "-", "+", "..5", "2025-11-01", "15m", ".infinity", "<<"})
    EXPECT_EQ(resolve_plain(text), Kind::text) << text;
}

TEST(Document, QuotedAndTaggedScalarsAreText) {
  for (const char* text : {"a: \"1\"", "a: 'true'", "a: !!str 5", "a: ! 6", "a: |\n  7\n", "a: >\n  null\n"}) {
    Document document = read(text);
    EXPECT_EQ(document.root.find("a")->kind, Kind::text) << text;
    EXPECT_TRUE(document.root.find("a")->quoted) << text;
  }
}

TEST(Document, ReadsJsonAsAnotherReaderDoes) {
  // The oracle is nlohmann::json.
  const std::string text =
      "{\"a\": [1, -2.5e+3, true, false, null, \"\"],\t\"\\u0041\\n\\/\\\\\\\"\": \"\\ud83d\\ude00 \\u00e9 é\",\r\n \"o\": {\"k\"\n:\n\"v\"}, \"e\": {}, \"l\": []}";
  Document document = read(text);
  std::function<nlohmann::ordered_json(const Node&)> convert = [&](const Node& node) -> nlohmann::ordered_json {
    switch (node.kind) {
      case Kind::null: return nullptr;
      case Kind::boolean: return node.text == "true";
      case Kind::number: return nlohmann::ordered_json::parse(node.text);
      case Kind::text: return node.text;
      case Kind::list: {
        auto list = nlohmann::ordered_json::array();
        for (const Node& item : node.items) list.push_back(convert(item));
        return list;
      }
      case Kind::map: {
        auto map = nlohmann::ordered_json::object();
        for (const Member& member : node.members) map[member.key] = convert(member.value);
        return map;
      }
    }
    return nullptr;
  };
  EXPECT_EQ(convert(document.root), nlohmann::ordered_json::parse(text));
  EXPECT_EQ(document.root.find("o")->members.at(0).value.place, (Place{4, 1, 0}));
}

TEST(Document, FlowYamlThatIsNotQuiteJsonIsYaml) {
  Document document = read("{a: 1, 'b': [x, ], # why\n}");
  EXPECT_EQ(document.root.find("b")->items.size(), 1u);
}

TEST(Document, AcceptsByteOrderMarkAndAllLineEnds) {
  for (const char* text : {"\xEF\xBB\xBF" "a: 1\nb: 2\n", "a: 1\r\nb: 2\r\n", "a: 1\rb: 2\r", "a: 1\nb: 2"}) {
    Document document = read(text);
    EXPECT_EQ(document.root.members.at(1).place, (Place{2, 1, 0})) << text;
    EXPECT_EQ(document.root.find("b")->text, "2") << text;
  }
}

TEST(Document, FindsEveryDuplicateKeyAndKeepsTheFirst) {
  for (const char* text : {"a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n", "{\"a\": 1,\n\"b\": {\"c\": 1, \"c\": 2},\n\"a\": 3,\n\"a\": 4}"}) {
    Document document = read(text);
    ASSERT_EQ(document.problems.size(), 3u);
    EXPECT_EQ(document.problems[0].pointer, "/b/c");
    EXPECT_EQ(document.problems[1].pointer, "/a");
    EXPECT_EQ(document.problems[2].line, 4);
    EXPECT_THAT(document.problems[2].message, HasSubstr("given already, at 1:"));
    EXPECT_EQ(document.root.members.size(), 2u);
    EXPECT_EQ(document.root.find("a")->text, "1");
    EXPECT_EQ(document.root.find("b")->find("c")->text, "1");
  }
}

TEST(Document, ExpandsAliasesAtThePlaceOfTheirAnchors) {
  Document document = read("a: &x {k: [1, &y 2]}\nb: *x\nc: [*y, {d: *x}]\na2: &x 3\ne: *x\n");
  EXPECT_EQ(document.root.find("b")->find("k")->items.at(1).text, "2");
  EXPECT_EQ(document.root.find("b")->find("k")->place, (Place{1, 11, 0}));
  EXPECT_EQ(document.root.find("c")->items.at(0).text, "2");
  EXPECT_EQ(document.root.find("c")->items.at(1).find("d")->find("k")->items.size(), 2u);
  EXPECT_EQ(document.root.find("e")->text, "3");
}

TEST(Document, AliasesReachIntoWhatIsStillOpen) {
  Document document = read("a:\n  - &x 1\n  - [&y {k: v}, *x, *y]\n  - *y\n");
  const Node& list = *document.root.find("a");
  EXPECT_EQ(list.items.at(1).items.at(1).text, "1");
  EXPECT_EQ(list.items.at(1).items.at(2).find("k")->text, "v");
  EXPECT_EQ(list.items.at(2).find("k")->text, "v");
}

TEST(Document, RefusesAliasesThatNeverEnd) {
  EXPECT_THAT(refusal("&a [*a]"), HasSubstr("f.yaml:1:5: /0: the alias *a stands inside the value"));
  EXPECT_THAT(refusal("a: &a {b: {c: [x, *a]}}"), HasSubstr("1:19: /a/b/c/1"));
  EXPECT_THAT(refusal("a: *b"), HasSubstr("no anchor &b"));
}

TEST(Document, BoundsNodesDepthAndBytesWithAliasesWrittenOut) {
  LoadLimits limits;
  limits.nodes = 100;
  EXPECT_EQ(refusal("a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\nb: [*a, *a, *a, *a, *a, *a, *a, *a]\n", limits), "");
  EXPECT_THAT(refusal("a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\nb: [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n", limits), HasSubstr("f.yaml:2:37: /b/8: with the alias *a written out, the document holds more than 100 values"));
  limits.depth = 4;
  EXPECT_EQ(refusal("[[[[1]]]]", limits), "");
  EXPECT_THAT(refusal("[[[[[1]]]]]", limits), HasSubstr("f.yaml:1:5: /0/0/0/0: nested deeper than 4 levels"));
  EXPECT_EQ(refusal("a: &a [[1]]\nb: [*a]\n", limits), "");
  EXPECT_THAT(refusal("a: &a [[1]]\nb: [[*a]]\n", limits), HasSubstr("with the alias *a written out, nested deeper than 4 levels"));
  limits.bytes = 200;
  EXPECT_THAT(refusal("a: &a " + std::string(100, 'x') + "\nb: [*a, *a, *a, *a, *a, *a, *a, *a]\n", limits), HasSubstr("bytes of text"));
  EXPECT_EQ(refusal(std::string(201, '#'), limits), "f.yaml: larger than 200 bytes, the most that is read");
}

TEST(Document, ReadsNoFileBeyondTheLimit) {
  EXPECT_EQ(read_file("/dev/null", 10), "");
  EXPECT_THROW(read_file("/dev/zero", 1000), InvalidInput);
  EXPECT_THROW(read_file("/", 1000), InvalidInput);
  try {
    read_file("/nowhere/at/all", 10);
    FAIL();
  } catch (const InvalidInput& wrong) {
    EXPECT_STREQ(wrong.what(), "/nowhere/at/all: cannot be opened: No such file or directory");
    EXPECT_EQ(wrong.problems().at(0).line, 0);
  }
}

}  // namespace
}  // namespace muster
