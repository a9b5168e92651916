#include "exercise/masking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "exercise/command.h"

namespace muster {
namespace {
using testing::HasSubstr;
using testing::Not;

/// The oracle of each encoding is another program: Python's urllib and base64.
std::string by_python(const std::string& expression, const std::string& secret) {
  CommandSettings settings;
  settings.argv = {"/usr/bin/python3", "-c",
                   "import sys,base64,urllib.parse,json; s=sys.argv[1]; sys.stdout.write(" + expression + ")",
                   secret};
  return run_command(settings).out;
}

TEST(Masking, TakesASecretOutRawAndUrlEncodedAndWithinJson) {
  const std::string secret = "p@ss/w\"ord %ü";
  const Masking mask({secret});
  for (const std::string& form : {secret, by_python("urllib.parse.quote(s, safe='')", secret),
                                  by_python("json.dumps(s, ensure_ascii=False)[1:-1]", secret)}) {
    ASSERT_GE(form.size(), secret.size());
    EXPECT_EQ(mask("before " + form + " after"), "before [masked] after") << form;
  }
}

/// Wherever it stands in a longer text, no four characters of the encoding that come from the secret alone
/// are left.
TEST(Masking, TakesASecretOutOfBase64WhereverItStands) {
  const std::string secret = "correct-horse-battery";
  const Masking mask({secret});
  for (const std::string before : {"", "u", "us", "user:"})
    for (const std::string after : {"", "x", "xy"}) {
      const std::string text = by_python("base64.b64encode(s.encode()).decode()", before + secret + after);
      const std::string masked = mask("Authorization: Basic " + text);
      EXPECT_THAT(masked, HasSubstr("[masked]"));
      for (std::size_t shift = 0; shift < 3; ++shift)
        EXPECT_LE(masked.size(), std::string("Authorization: Basic [masked]").size() + 14) << masked;
      EXPECT_THAT(masked, Not(HasSubstr("b3JzZS1iYXR0ZXJ")));
    }
  EXPECT_EQ(mask(by_python("base64.b64encode(s.encode()).decode()", secret)), "[masked]");
  EXPECT_THAT(mask(by_python("base64.urlsafe_b64encode(s.encode()).decode()", "?~?" + secret)),
              HasSubstr("[masked]"));
}

TEST(Masking, TakesTheLongerOfTwoSecretsFirst) {
  EXPECT_EQ(Masking({"abcd", "abcdefgh"})("abcdefgh abcd"), "[masked] [masked]");
}

TEST(Masking, LeavesWhatIsTooShortToBeASecret) { EXPECT_EQ(Masking({"", "a", "ab"})("a b ab"), "a b ab"); }

TEST(Masking, KnowsPasswordsOfConnectionStringsAndVariables) {
  Exercise exercise;
  PostgresProbe postgres;
  postgres.dsn = "host=db password = 'it''s' user=x";
  exercise.probes = {{"a", postgres, {}, 1, 1, 1, 1}};
  postgres.dsn = "postgresql://me:p%40ssw@db/x?sslmode=require";
  exercise.probes.push_back({"b", postgres, {}, 1, 1, 1, 1});
  HttpProbe http;
  http.url = "http://user:basic-secret@host/";
  exercise.probes.push_back({"c", http, {}, 1, 1, 1, 1});
  Canary canary;
  canary.writes = "host=x password=wr1te";
  canary.reads = "postgresql://x/db?user=a&password=r%20ead";
  exercise.canary = canary;
  setenv("MASKING_TEST", "of-the-environment", 1);
  exercise.secrets = {"MASKING_TEST", "GIVEN"};
  Binding step;
  step.run = muster::Run{{"x"}, {}, {{"GIVEN", "given-to-a-step"}, {"OTHER", "no secret"}}};
  exercise.steps = {step};
  const Masking mask(secrets_of(exercise));
  for (const char* secret : {"p@ssw", "p%40ssw", "basic-secret", "wr1te", "r ead", "r%20ead",
                             "of-the-environment", "given-to-a-step"})
    EXPECT_EQ(mask(secret), "[masked]") << secret;
  EXPECT_EQ(mask("host=db user=x no secret"), "host=db user=x no secret");
  unsetenv("MASKING_TEST");
}

TEST(Masking, MasksTheTextsOfWhatHappens) {
  const Masking mask({"hush-hush"});
  const std::string text = "a hush-hush b";
  StepChanged step;
  step.note = step.output_tail = step.why = text;
  FaultChanged fault;
  fault.proof = fault.why = text;
  fault.by_hand = {text};
  RunEnded end;
  end.why = text;
  end.remains = end.done_not_undone = {text};
  PlannedEffect effect;
  effect.does = effect.undone_by = effect.by_hand = {text};
  RunBegan began;
  began.effects = {effect};
  AfterwardsRan ran;
  ran.output_tail = ran.why = text;
  CanaryRead read;
  read.why_not = text;
  RecoveryMeasured measured;
  measured.why = text;
  FootprintCompared compared;
  compared.before = compared.after = compared.remains = compared.changed = {text};
  std::vector<Happening> happenings{{{}, step},
                                    {{}, fault},
                                    {{}, end},
                                    {{}, began},
                                    {{}, ran},
                                    {{}, read},
                                    {{}, measured},
                                    {{}, compared},
                                    {{}, ProbeChanged{"p", {}, text}},
                                    {{}, ConditionMet{"c", true, text}},
                                    {{}, Noted{"n", text, text}},
                                    {{}, Asked{"s", text, {}, {}}}};
  for (Happening& happening : happenings) {
    mask.mask(happening);
    const std::string line = to_json_line(happening);  // all of it, whatever is added later
    EXPECT_THAT(line, HasSubstr("[masked]"));
    EXPECT_THAT(line, Not(HasSubstr("hush"))) << line;
  }
}

}  // namespace
}  // namespace muster
