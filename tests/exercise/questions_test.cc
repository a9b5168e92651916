#include "exercise/questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {
using testing::HasSubstr;

class Questioning : public testing::Test {
 protected:
  void ask(const std::string& step) {
    questions.open(step, "?", [this, step](const Answer& answer) {
      answers.push_back(step + (answer.yes ? " yes " : " no ") + answer.by + "/" + answer.note);
    });
  }
  Questions questions;
  std::vector<std::string> answers;
};

TEST_F(Questioning, TakesAWordWhenOnlyOneThingIsAsked) {
  ask("decide");
  EXPECT_EQ(questions.answer_line("  Yes, really \r", "me"),
            "not understood; type yes or no, with a note behind it if you like; asked now: decide");
  EXPECT_EQ(questions.answer_line("Y go ahead  \r", "me"), "");
  EXPECT_EQ(answers, std::vector<std::string>{"decide yes me/go ahead"});
  EXPECT_THAT(questions.answer_line("yes", "me"), HasSubstr("nothing is asked"));
}

TEST_F(Questioning, WantsTheStepWhenSeveralAreAsked) {
  ask("one");
  ask("two");
  EXPECT_THAT(questions.answer_line("yes", "me"), HasSubstr("which?"));
  EXPECT_EQ(questions.answer_line("two no too late", "me"), "");
  EXPECT_EQ(questions.answer_line("yes", "me"), "");
  EXPECT_EQ(answers, (std::vector<std::string>{"two no me/too late", "one yes me/"}));
}

TEST_F(Questioning, AnswersEachQuestionOnceAndNoneThatIsClosed) {
  ask("one");
  EXPECT_EQ(questions.answer("one", {"a", "", true, false}), "");
  EXPECT_THAT(questions.answer("one", {"b", "", false, false}), HasSubstr("asks nothing now"));
  ask("two");
  questions.close("two");
  EXPECT_THAT(questions.answer("two", {"b", "", true, false}), HasSubstr("asks nothing now"));
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(Questioning, IgnoresEmptyLines) {
  ask("one");
  EXPECT_EQ(questions.answer_line("", "me"), "");
  EXPECT_EQ(questions.answer_line("   ", "me"), "");
  EXPECT_TRUE(answers.empty());
}

}  // namespace
}  // namespace muster
