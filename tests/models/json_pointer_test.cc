#include "models/json_pointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace muster {
namespace {

Node tree(const char* text) { return read_document(text, "f.yaml").root; }

std::string refusal(const char* document, const char* pointer, const char* value) {
  Node root = tree(document);
  try {
    set(root, pointer, tree(value));
    return "";
  } catch (const std::invalid_argument& wrong) {
    return wrong.what();
  }
}

// The examples of RFC 6901, section 5.
TEST(JsonPointer, ResolvesAsTheStandardSays) {
  Node root = tree(R"({"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8})");
  EXPECT_EQ(resolve(root, ""), &root);
  EXPECT_EQ(resolve(root, "/foo")->items.size(), 2u);
  EXPECT_EQ(resolve(root, "/foo/0")->text, "bar");
  EXPECT_EQ(resolve(root, "/")->text, "0");
  EXPECT_EQ(resolve(root, "/a~1b")->text, "1");
  EXPECT_EQ(resolve(root, "/c%d")->text, "2");
  EXPECT_EQ(resolve(root, "/e^f")->text, "3");
  EXPECT_EQ(resolve(root, "/g|h")->text, "4");
  EXPECT_EQ(resolve(root, "/i\\j")->text, "5");
  EXPECT_EQ(resolve(root, "/k\"l")->text, "6");
  EXPECT_EQ(resolve(root, "/ ")->text, "7");
  EXPECT_EQ(resolve(root, "/m~0n")->text, "8");
  EXPECT_EQ(resolve(root, "/foo/2"), nullptr);
  EXPECT_EQ(resolve(root, "/foo/00"), nullptr);
  EXPECT_EQ(resolve(root, "/foo/-"), nullptr);
  EXPECT_EQ(resolve(root, "/foo/0/x"), nullptr);
}

TEST(JsonPointer, TokensAreEscapedAndBack) {
  for (const char* key : {"a/b", "m~n", "~1", "~0/", ""}) EXPECT_EQ(parse_pointer("/" + escaped_token(key)), std::vector<std::string>{key});
  EXPECT_THROW(parse_pointer("a"), std::invalid_argument);
  EXPECT_THROW(parse_pointer("/a~2"), std::invalid_argument);
  EXPECT_THROW(parse_pointer("/a~"), std::invalid_argument);
}

TEST(JsonPointer, SetsAddsAppendsAndRemoves) {
  Node root = tree("{a: 1, b: [1, 2], c: {d: 3}}");
  set(root, "/a", tree("{new: [5]}"));
  EXPECT_EQ(resolve(root, "/a/new/0")->text, "5");
  set(root, "/c/e", tree("4"));
  EXPECT_EQ(root.find("c")->members.at(1).key, "e");
  set(root, "/b/-", tree("3"));
  set(root, "/b/0", tree("0"));
  set(root, "/b/1", tree("null"));
  ASSERT_EQ(root.find("b")->items.size(), 2u);
  EXPECT_EQ(resolve(root, "/b/0")->text, "0");
  EXPECT_EQ(resolve(root, "/b/1")->text, "3");
  set(root, "/c/d", tree("~"));
  EXPECT_EQ(resolve(root, "/c/d"), nullptr);
  set(root, "/c/e", tree("'null'"));  // text, not nothing
  EXPECT_EQ(resolve(root, "/c/e")->text, "null");
}

TEST(JsonPointer, SaysHowFarADanglingPointerLeadsAndWhatIsNear) {
  const char* document = "{plan: {steps: {restore: {takes: [5m, 6m]}}}, list: []}";
  EXPECT_EQ(refusal(document, "/plan/steps/resture/takes", "1m"), "'/plan/steps' has no key 'resture'; did you mean '/plan/steps/restore'?");
  EXPECT_EQ(refusal(document, "/plam/steps", "1m"), "the document has no key 'plam'; did you mean '/plan'?");
  EXPECT_EQ(refusal(document, "/plan/steps/restore/takes/2", "1m"), "'/plan/steps/restore/takes' is a list without item '2': it has 0 to 1, and - appends");
  EXPECT_EQ(refusal(document, "/list/0", "1m"), "'/list' is a list without item '0': it is empty, and - appends");
  EXPECT_EQ(refusal(document, "/plan/steps/restore/takes/0/uniform", "1m"), "'/plan/steps/restore/takes/0' is '5m' and holds nothing below; 'uniform' leads nowhere");
  EXPECT_EQ(refusal(document, "/plan/stops", "null"), "'/plan' has no key 'stops'; did you mean '/plan/steps'?");
  EXPECT_EQ(refusal(document, "/list/-", "null"), "'/list' is a list without item '-': it is empty, and - appends");
  EXPECT_EQ(refusal(document, "", "null"), "an empty pointer is the whole document; point at something in it");
}

}  // namespace
}  // namespace muster
