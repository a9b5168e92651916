#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/told.h"

/// The semantics of a replication, one by one, on plans of constants. The oracle is the text of the scenario format
/// ("What a replication is") and arithmetic that fits in the head; times are in minutes.
namespace muster {
namespace {

using End = StoryStep::End;
constexpr double m = 60;

const std::string one = "services: {a: {}}\noutages: {o: {strikes: [{services: [a]}]}}\n";
const std::string repaired(const std::string& lasts) {
  return "services: {a: {}, b: {}}\noutages: {o: {strikes: [{services: [a, b]}], lasts: " + lasts + "}}\n";
}

TEST(Steps, StartWhenAllPredecessorsHaveEnded) {
  const Told t = Told::of(one + R"(plan: {steps: {
    x: {takes: 5m}, y: {takes: 8m}, z: {after: [x, y], takes: 2m, recovers: [a]}}})");
  EXPECT_EQ(t.start("z"), 8 * m);
  EXPECT_EQ(t.rto("a"), 10 * m);
  EXPECT_THAT(t.story.critical_path, testing::ElementsAre("y", "z"));
}

TEST(Steps, TakeAListAsASequenceAndNothingAsZero) {
  const Told t = Told::of(one + "plan: {steps: {x: {}, y: {after: [x], takes: [5m, {uniform: [2m, 2m]}, 1m], recovers: [a]}}}");
  EXPECT_EQ(t.rto("a"), 8 * m);
}

TEST(Steps, RampTakesWhatIsMissingAtOnceDividedByItsRate) {
  const Told t = Told::of(one + "plan: {steps: {x: {takes: {ramp: {to: 6000, at-once: 1000, adds: 100/s}}, recovers: [a]}}}");
  EXPECT_EQ(t.rto("a"), 50);
}

TEST(Steps, DrainWorksOffWhatArrivedSinceTheOnset) {
  const Told t = Told::of(one + R"(plan: {steps: {
    x: {takes: 30m, recovers: [a]}, drain: {after: [x], takes: {drain: {arrives: 500/s, served: 800/s}}}}})");
  EXPECT_DOUBLE_EQ(t.finish("drain"), 30 * m + 30 * m * 500 / 300);
  EXPECT_DOUBLE_EQ(t.story.plan_end, 80 * m);
}

TEST(Repairs, OfARegionBringBackTheServicesThatNeedItAlsoWhenAllElseIsDone) {
  const Told t = Told::of(R"(
regions: [east]
services: {a: {}, b: {needs: [a, east]}, c: {region: east}}
outages: {o: {strikes: [{services: [a], lasts: 10m}, {region: east, lasts: 1h}]}}
plan: {steps: {mend: {takes: 5m, recovers: [c]}}}
)");
  EXPECT_EQ(t.rto("a"), 10 * m);
  EXPECT_EQ(t.rto("c"), 5 * m);
  EXPECT_EQ(t.rto("b"), 60 * m);
  EXPECT_EQ(t.story.plan_end, 5 * m);
}

TEST(Seats, AreHeldFromStartToEndAndGrantedInFileOrderAmongEquals) {
  const Told t = Told::of(one + R"(roles: {e: {count: 1}}
plan: {steps: {x: {takes: 5m, by: {e: 1}}, y: {takes: 3m, by: {e: 1}}, z: {after: [x, y], recovers: [a]}}})");
  EXPECT_EQ(t.start("x"), 0);
  EXPECT_EQ(t.start("y"), 5 * m);
  EXPECT_EQ(t.step("y").cause.kind, Cause::Kind::seat);
  EXPECT_EQ(t.step("y").cause.step, "x");
  EXPECT_THAT(t.story.critical_path, testing::ElementsAre("x", "y", "z"));
}

TEST(Seats, AreGrantedAllTogetherAndAStepThatDoesNotFitLetsALaterOneGo) {
  // big needs two engineers while one is busy; small asks later, fits, and goes first.
  const Told t = Told::of(one + R"(roles: {e: {count: 2}}
plan: {steps: {first: {takes: 10m, by: {e: 1}}, big: {takes: 1m, by: {e: 2}}, small: {takes: 4m, by: {e: 1}},
  end: {after: [big, small], recovers: [a]}}})");
  EXPECT_EQ(t.start("small"), 0);
  EXPECT_EQ(t.start("big"), 10 * m);
}

TEST(Seats, OfTwoRolesAreNeverHeldWhileWaitingForTheOther) {
  const Told t = Told::of(one + R"(roles: {e: {count: 1}, l: {count: 1}}
plan: {steps: {hold: {takes: 10m, by: {l: 1}}, both: {takes: 1m, by: {e: 1, l: 1}}, only: {takes: 2m, by: {e: 1}},
  end: {after: [both, only], recovers: [a]}}})");
  EXPECT_EQ(t.start("only"), 0);
  EXPECT_EQ(t.start("both"), 10 * m);
}

TEST(Seats, PriorityComesBeforeRequestTime) {
  const Told t = Told::of(one + R"(roles: {e: {count: 1}}
plan: {steps: {x: {takes: 5m, by: {e: 1}}, y: {takes: 3m, by: {e: 1}}, late: {takes: 1m}, z: {after: [late], takes: 2m, by: {e: 1}, priority: 1},
  end: {after: [x, y, z], recovers: [a]}}})");
  EXPECT_EQ(t.start("z"), 5 * m);
  EXPECT_EQ(t.start("y"), 7 * m);
}

TEST(Seats, CriticalPathFirstPrefersTheLongestMeanRemainingPath) {
  const std::string steps = R"(steps: {x: {takes: 5m, by: {e: 1}}, y: {takes: 3m, by: {e: 1}}, z: {takes: 2m, by: {e: 1}}, tail: {after: [z], takes: 60m},
  end: {after: [x, y, tail], recovers: [a]}}})";
  const std::string roles = "roles: {e: {count: 1}}\n";
  EXPECT_EQ(Told::of(one + roles + "plan: {dispatch: critical-path-first, " + steps).start("z"), 0);
  EXPECT_EQ(Told::of(one + roles + "plan: {" + steps).start("z"), 8 * m);
}

TEST(Slots, AreHeldThroughRetriesAndTheirPauses) {
  const Told t = Told::of(one + R"(capacity: {slot: {slots: 1}}
plan: {steps: {x: {takes: 5m, uses: {slot: 1}, fails: 100%, attempts: 3, retry-after: 1m, on-failure: continue}, y: {takes: 1m, uses: {slot: 1}},
  end: {after: [x, y], recovers: [a]}}})");
  EXPECT_EQ(t.start("y"), 17 * m);
  EXPECT_EQ(t.step("x").attempts.size(), 3u);
}

TEST(Fallback, OtherwiseRunsInPlaceWhenNeedsAreDownAtReady) {
  const Told t = Told::of(R"(services: {a: {}, chat: {}}
outages: {o: {strikes: [{services: [a, chat]}]}}
plan: {steps: {tell: {takes: 2m, needs: [chat], otherwise: phone}, phone: {takes: 12m}, fix: {after: [tell], takes: 1m, recovers: [a, chat]}}})");
  EXPECT_EQ(t.step("tell").end, End::replaced);
  EXPECT_EQ(t.step("tell").replaced_by, "phone");
  EXPECT_EQ(t.start("fix"), 12 * m);
  EXPECT_THAT(t.story.critical_path, testing::ElementsAre("phone", "fix"));
}

TEST(Fallback, NotCalledCountsAsPassed) {
  const Told t = Told::of(one + R"(roles: {boss: {count: 1}}
plan: {steps: {decide: {takes: 2m, by: {boss: 1}, waits-at-most: 5m, otherwise: alone}, alone: {takes: 9m}, next: {after: [decide, alone], takes: 1m, recovers: [a]}}})");
  EXPECT_EQ(t.step("alone").end, End::passed);
  EXPECT_EQ(t.rto("a"), 3 * m);
}

TEST(Fallback, WaitsAtMostCoversPeopleAndTheReplacementComesOnlyAfterIt) {
  const Told t = Told::of(one + R"(roles: {boss: {count: 1, responds: 20m}}
plan: {steps: {decide: {takes: 2m, by: {boss: 1}, waits-at-most: 15m, otherwise: alone}, alone: {takes: 10m}, next: {after: [decide], recovers: [a]}}})");
  EXPECT_EQ(t.start("alone"), 15 * m);
  EXPECT_EQ(t.rto("a"), 25 * m);
}

TEST(Fallback, ASeatThatComesExactlyAtTheEndOfWaitsAtMostIsTaken) {
  const Told t = Told::of(one + R"(roles: {boss: {count: 1, responds: 15m}}
plan: {steps: {decide: {takes: 2m, by: {boss: 1}, waits-at-most: 15m, otherwise: alone}, alone: {takes: 10m}, next: {after: [decide], recovers: [a]}}})");
  EXPECT_EQ(t.start("decide"), 15 * m);
  EXPECT_EQ(t.rto("a"), 17 * m);
}

TEST(Fallback, WaitsAtMostWithoutOtherwiseFailsForGood) {
  const Told t = Told::of(one + R"(roles: {boss: {count: 1, responds: 20m}}
plan: {steps: {decide: {takes: 2m, by: {boss: 1}, waits-at-most: 15m, on-failure: continue}, next: {after: [decide], takes: 1m, recovers: [a]}}})");
  EXPECT_EQ(t.step("decide").end, End::failed);
  EXPECT_EQ(t.rto("a"), 16 * m);
}

TEST(Fallback, WithoutWaitsAtMostAStepWaitsForItsNeeds) {
  const Told t = Told::of(R"(services: {a: {}, ci: {}}
outages: {o: {strikes: [{services: [a]}, {services: [ci], lasts: 40m}]}}
plan: {steps: {build: {takes: 5m, needs: [ci], recovers: [a]}}})");
  EXPECT_EQ(t.start("build"), 40 * m);
  EXPECT_EQ(t.step("build").cause.kind, Cause::Kind::service);
  EXPECT_EQ(t.rto("a"), 45 * m);
}

TEST(Fallback, DoReplacesAStepThatFailedForGoodAndCarriesOnlyItsOwnRecovers) {
  const Told t = Told::of(R"(services: {a: {}, b: {}}
outages: {o: {strikes: [{services: [a, b]}], lasts: 10h}}
plan: {steps: {try: {takes: 5m, fails: 100%, attempts: 2, on-failure: {do: by-hand}, recovers: [a, b]}, by-hand: {takes: 30m, recovers: [a]}}})");
  EXPECT_EQ(t.rto("a"), 40 * m);
  EXPECT_EQ(t.rto("b"), 600 * m) << "nothing may recover b any more, so it comes back with the provider's repair";
}

TEST(Attempts, TimeoutFailsAnAttemptThatTakesLongerAtItsEnd) {
  const Told t = Told::of(one + "plan: {steps: {x: {takes: 10m, timeout: 4m, attempts: 2, on-failure: continue}, y: {after: [x], recovers: [a]}}}");
  EXPECT_EQ(t.rto("a"), 8 * m);
  EXPECT_TRUE(t.step("x").attempts[0].timed_out);
}

TEST(Attempts, ExactlyTheTimeoutIsNotLonger) {
  EXPECT_EQ(Told::of(one + "plan: {steps: {x: {takes: 10m, timeout: 10m, recovers: [a]}}}").rto("a"), 10 * m);
  EXPECT_EQ(Told::of(one + R"(capacity: {link: {rate: 1 MB/s}}
plan: {steps: {x: {takes: {transfer: 600 MB, over: link}, timeout: 10m, recovers: [a]}}})").rto("a"), 10 * m);
}

TEST(Attempts, TimeoutEndsATransferAndTheOthersGetItsShare) {
  const Told t = Told::of(one + R"(capacity: {link: {rate: 1 MB/s}}
plan: {steps: {x: {takes: {transfer: 600 MB, over: link}, timeout: 5m, on-failure: continue}, y: {takes: {transfer: 450 MB, over: link}, recovers: [a]}}})");
  EXPECT_EQ(t.step("x").end, End::failed);
  EXPECT_DOUBLE_EQ(t.rto("a"), 10 * m);  // 150 MB by 5 min at half rate, the other 300 MB at full rate
}

TEST(Transfers, ShareTheLinkEquallyAndSpeedUpWhenOneLeaves) {
  const Told t = Told::of(one + R"(capacity: {link: {rate: 1 MB/s}}
plan: {steps: {x: {takes: {transfer: 60 MB, over: link}}, y: {takes: {transfer: 120 MB, over: link}}, z: {after: [x, y], recovers: [a]}}})");
  EXPECT_DOUBLE_EQ(t.finish("x"), 120);
  EXPECT_DOUBLE_EQ(t.finish("y"), 180);
  EXPECT_EQ(t.step("y").cause.kind, Cause::Kind::bandwidth);
  EXPECT_THAT(t.story.critical_path, testing::ElementsAre("x", "y", "z"));
}

TEST(Transfers, OfADataNameMoveItsSize) {
  const Told t = Told::of(R"(services: {db: {data: {size: 90 MB, copies: [{log: {lag: 5m}}]}}}
outages: {o: {strikes: [{services: [db]}]}}
capacity: {link: {rate: 1 MB/s}}
plan: {steps: {x: {takes: {transfer: db, over: link}, recovers: [db]}}})");
  EXPECT_DOUBLE_EQ(t.rto("db"), 90);
  EXPECT_EQ(t.rpo("db"), 5 * m);
}

TEST(OnlyIf, PassesInZeroTimeWhatWasNotStruckByThen) {
  const Told t = Told::of(R"(services: {a: {}, b: {}, c: {}}
outages: {o: {strikes: [{services: [a]}, {services: [c], after: 3m, lasts: 1h}]}}
plan: {steps: {x: {takes: 5m, only-if: [b]}, y: {after: [x], takes: 4m, only-if: [b, a]}, z: {after: [y], takes: 1m, only-if: [c], recovers: [a]}}})");
  EXPECT_EQ(t.step("x").end, End::passed);
  EXPECT_EQ(t.start("y"), 0);
  EXPECT_EQ(t.rto("a"), 5 * m) << "c was struck at 3 min, before z was ready at 4";
}

TEST(Services, AreDownWhileAnythingTheyNeedIs) {
  const Told t = Told::of(R"(services: {db: {}, api: {needs: [db]}, shop: {needs: [api]}, other: {}}
outages: {o: {strikes: [{services: [db]}]}}
plan: {steps: {x: {takes: 5m, recovers: [db]}}})");
  EXPECT_EQ(t.rto("shop"), 5 * m);
  EXPECT_FALSE(t.tells_of("other"));
}

TEST(Services, AtLeastKOfNComeUpWithTheKthMember) {
  const Told t = Told::of(R"(services: {a: {}, b: {}, c: {}, q: {needs: [{at-least: 2, of: [a, b, c]}]}}
outages: {o: {strikes: [{services: [a, b, c]}]}}
plan: {steps: {x: {takes: 5m, recovers: [a]}, y: {takes: 9m, recovers: [b]}, z: {takes: 20m, recovers: [c]}}})");
  EXPECT_EQ(t.rto("q"), 9 * m);
}

TEST(Services, ARegionAsANeedIsDownFromItsStrikeToItsRepair) {
  const Told t = Told::of(R"(regions: [east]
services: {a: {}, b: {region: east}}
outages: {o: {strikes: [{region: east, lasts: 30m}, {services: [a]}]}}
plan: {commits-at: go, steps: {go: {takes: 1m}, x: {after: [go], takes: 5m, needs: [east], recovers: [a]}}})");
  EXPECT_EQ(t.rto("b"), 30 * m);
  EXPECT_EQ(t.rto("a"), 35 * m);
}

TEST(Services, NobodyRecoversComeBackWithTheRepair) {
  const Told t = Told::of(repaired("2h") + "plan: {steps: {x: {takes: 5m, recovers: [a]}}}");
  EXPECT_EQ(t.rto("a"), 5 * m);
  EXPECT_EQ(t.rto("b"), 120 * m);
}

TEST(Services, WhoseStepsWereAllPassedComeBackWithTheRepairEvenIfThatIsOver) {
  // b's step is judged at 40 min, after the repair at 30: it is passed then and b is back at once.
  const Told t = Told::of(R"(services: {a: {}, b: {}, n: {}}
outages: {o: {strikes: [{services: [a, b]}], lasts: 30m}}
plan: {steps: {x: {takes: 40m, recovers: [a]}, y: {after: [x], takes: 9m, only-if: [n], recovers: [b]}}})");
  EXPECT_EQ(t.rto("a"), 40 * m) << "committed at once: only its step brings it back";
  EXPECT_EQ(t.rto("b"), 40 * m);
}

TEST(Services, AStrikeAfterTheStepRecoveredThemDoesNothing) {
  const Told t = Told::of(R"(services: {a: {}, b: {}}
outages: {o: {strikes: [{services: [a]}, {services: [a, b], after: 1h, lasts: 1h}]}}
plan: {steps: {x: {takes: 5m, recovers: [a]}}})");
  EXPECT_EQ(t.rto("a"), 5 * m);
  EXPECT_EQ(t.rto("b"), 120 * m);
}

TEST(Services, StruckTwiceComeBackWhenBothAreRepaired) {
  const Told t = Told::of(R"(services: {a: {}}
outages: {o: {strikes: [{services: [a], lasts: 1h}, {services: [a], after: 30m, lasts: 2h}]}}
plan: {steps: {x: {takes: 1m}}})");
  EXPECT_EQ(t.rto("a"), 150 * m);
}

TEST(Services, NeverRecoveredAreInfinite) {
  EXPECT_EQ(Told::of(one + "plan: {steps: {x: {takes: 1m}}}").rto("a"), never);
}

TEST(StandDown, TheRepairBeforeTheCommitmentEndsThePlan) {
  const Told t = Told::of(repaired("20m") + R"(plan: {commits-at: decide, steps: {
    detect: {takes: 5m}, decide: {after: [detect], takes: 30m}, fix: {after: [decide], takes: 5m, recovers: [a, b]}}})");
  EXPECT_TRUE(t.story.stood_down);
  EXPECT_EQ(t.rto("a"), 20 * m);
  EXPECT_EQ(t.story.plan_end, 20 * m);
  EXPECT_EQ(t.step("decide").end, End::cut_short);
  EXPECT_EQ(t.step("fix").end, End::never_ready);
}

TEST(StandDown, CommitmentAtTheSameInstantComesBeforeTheRepair) {
  const Told t = Told::of(repaired("20m") + R"(plan: {commits-at: decide, steps: {
    decide: {takes: 20m}, fix: {after: [decide], takes: 5m, recovers: [a, b]}}})");
  EXPECT_FALSE(t.story.stood_down);
  EXPECT_EQ(t.rto("a"), 25 * m);
}

TEST(StandDown, PatienceHoldsTheDecisionBack) {
  const Told t = Told::of(repaired("40m") + R"(plan: {commits-at: decide, patience: 30m, steps: {
    decide: {takes: 5m}, fix: {after: [decide], takes: 60m, recovers: [a, b]}}})");
  EXPECT_EQ(t.start("decide"), 30 * m);
  EXPECT_EQ(t.rto("a"), 95 * m);
}

TEST(StandDown, WaitsForAllThatStepsRecover) {
  const Told t = Told::of(R"(services: {a: {}, b: {}, c: {}}
outages: {o: {strikes: [{services: [a], lasts: 10m}, {services: [b], lasts: 20m}, {services: [c], lasts: 2h}]}}
plan: {commits-at: decide, steps: {decide: {takes: 1h}, fix: {after: [decide], takes: 5m, recovers: [a, b]}}})");
  EXPECT_TRUE(t.story.stood_down);
  EXPECT_EQ(t.story.plan_end, 20 * m) << "c is recovered by no step and does not count";
  EXPECT_EQ(t.rto("c"), 120 * m);
}

TEST(StandDown, WaitsForAllWhereNoStepRecoversAny) {
  const Told t = Told::of(R"(services: {a: {}, b: {}}
outages: {o: {strikes: [{services: [a], lasts: 10m}, {services: [b], lasts: 20m}]}}
plan: {commits-at: decide, steps: {decide: {takes: 1h}}})");
  EXPECT_EQ(t.story.plan_end, 20 * m);
}

TEST(StandDown, DataLostNeedsItsStepWhileServicesWithoutDataComeBack) {
  const Told t = Told::of(R"(services: {db: {data: {copies: [{log: {lag: 5m}}]}}, fn: {}}
outages: {o: {strikes: [{services: [db, fn]}], lasts: 10m, data: lost}}
plan: {commits-at: decide, steps: {decide: {takes: 30m}, fix: {after: [decide], takes: 30m, recovers: [db]}}})");
  EXPECT_FALSE(t.story.stood_down);
  EXPECT_EQ(t.rto("fn"), 10 * m);
  EXPECT_EQ(t.rto("db"), 60 * m);
  EXPECT_EQ(t.rpo("db"), 5 * m);
}

TEST(StandDown, ReplacedDecisionCommitsWhenItsReplacementEnds) {
  const Told t = Told::of(repaired("26m") + R"(roles: {ceo: {count: 1, responds: 5h}}
plan: {commits-at: decide, steps: {decide: {takes: 5m, by: {ceo: 1}, waits-at-most: 15m, otherwise: board}, board: {takes: 10m},
  fix: {after: [decide], takes: 5m, recovers: [a, b]}}})");
  EXPECT_EQ(t.story.committed_at, 25 * m);
  EXPECT_EQ(t.rto("a"), 30 * m);
}

TEST(Stop, RunningStepsFinishNoneStartsAndTheRepairCounts) {
  const Told t = Told::of(repaired("1h") + R"(plan: {steps: {
    bad: {takes: 5m, fails: 100%}, slow: {takes: 20m, recovers: [a]}, next: {after: [bad], takes: 1m, recovers: [b]}, later: {after: [slow], takes: 1m}}})");
  EXPECT_TRUE(t.story.stopped);
  EXPECT_EQ(t.rto("a"), 20 * m);
  EXPECT_EQ(t.rto("b"), 60 * m);
  EXPECT_EQ(t.step("later").start, never);
  EXPECT_EQ(t.story.plan_end, 20 * m);
}

TEST(Stop, WithoutARepairServicesAreUnrecovered) {
  EXPECT_EQ(Told::of(one + "plan: {steps: {bad: {takes: 5m, fails: 100%, recovers: [a]}}}").rto("a"), never);
}

TEST(Duties, ComeAgainAndAgainUntilAStepEndsAndSkipWhileTheLastStillRuns) {
  const Told t = Told::of(one + R"(roles: {ic: {count: 1}}
plan: {steps: {decide: {takes: 10m}, mail: {after: [decide], every: 60m, until: fix, takes: 10m, by: {ic: 1}},
  long: {after: [decide], every: 20m, until: fix, takes: 30m}, fix: {after: [decide], takes: 150m, recovers: [a]}}})");
  EXPECT_EQ(t.start("mail"), 10 * m);
  EXPECT_EQ(t.step("mail", 2).start, 130 * m);
  EXPECT_EQ(std::count_if(t.story.steps.begin(), t.story.steps.end(), [](const StoryStep& s) { return s.name == "mail"; }), 3);
  EXPECT_EQ(t.step("long", 1).start, 50 * m) << "due at 30 while the first ran until 40; next due at 50";
  EXPECT_EQ(t.story.plan_end, 160 * m);
}

TEST(Duties, KeepTheirSeatsFromOthers) {
  const Told t = Told::of(one + R"(roles: {ic: {count: 1}}
plan: {steps: {mail: {every: 1h, until: fix, takes: 10m, by: {ic: 1}}, fix: {takes: 5m, by: {ic: 1}, recovers: [a]}}})");
  EXPECT_EQ(t.start("fix"), 10 * m);
}

TEST(Duties, DoNotKeepAReplicationAliveThatCannotGoOn) {
  const Told t = Told::of(R"(services: {a: {}, ci: {}}
outages: {o: {strikes: [{services: [a, ci]}]}}
plan: {steps: {mail: {every: 1h, takes: 1m}, fix: {takes: 5m, needs: [ci], recovers: [a]}}})");
  EXPECT_EQ(t.rto("a"), never);
  EXPECT_EQ(t.story.plan_end, never);
}

TEST(Roles, RespondOnceEachSeatFromTheFirstRequest) {
  const Told t = Told::of(one + R"(roles: {e: {count: 1, responds: 7m}}
plan: {steps: {detect: {takes: 5m}, x: {after: [detect], takes: 10m, by: {e: 1}}, y: {after: [x], takes: 1m, by: {e: 1}, recovers: [a]}}})");
  EXPECT_EQ(t.start("x"), 12 * m);
  EXPECT_EQ(t.step("x").cause.kind, Cause::Kind::person);
  EXPECT_EQ(t.start("y"), 22 * m);
  EXPECT_THAT(t.story.critical_path, testing::ElementsAre("detect", "x", "y"));
}

TEST(Roles, HoursPickTheResponse) {
  const std::string plan = R"(roles: {e: {count: 1, hours: ["Mon-Fri 09:00-18:00"], responds: {on-hours: 3m, off-hours: 30m}}}
plan: {steps: {x: {takes: 1m, by: {e: 1}, recovers: [a]}}}
services: {a: {}}
outages: {day: {strikes: [{services: [a]}], starts: "Tue 10:00"}, night: {strikes: [{services: [a]}], starts: "Tue 18:00"}})";
  EXPECT_EQ(Told::of(plan, "day").rto("a"), 4 * m);
  EXPECT_EQ(Told::of(plan, "night").rto("a"), 31 * m);
}

TEST(Roles, AbsentPeopleComeWithTheNextOnHours) {
  const std::string plan = R"(roles: {e: {count: 1, hours: ["Mon-Fri 09:00-18:00"], responds: {on-hours: 3m, off-hours: absent}}}
plan: {steps: {x: {takes: 1m, by: {e: 1}, recovers: [a]}}}
services: {a: {}}
outages: {o: {strikes: [{services: [a]}], starts: "Fri 20:00"}})";
  EXPECT_EQ(Told::of(plan).rto("a"), (61 * 60 + 1) * m);
}

TEST(Copies, TheYoungestUsableOneIsTakenAndAStruckRegionsIsNot) {
  const std::string plan = R"(regions: [east, west]
services: {db: {region: east, data: {copies: [{replica: {region: east, lag: 1s}}, {log: {region: west, lag: 5m}}, {backup: {region: west, every: 1d, held: 0s, takes: 1m}}]}},
  api: {needs: [db]}}
plan: {steps: {x: {takes: 1m, recovers: [db]}}}
outages: {near: {strikes: [{services: [db]}]}, far: {strikes: [{region: east}]}, both: {strikes: [{region: east}, {region: west, after: 5h}]}})";
  EXPECT_EQ(Told::of(plan, "near").rpo("api"), 1);
  EXPECT_EQ(Told::of(plan, "far").rpo("api"), 5 * m);
  EXPECT_EQ(Told::of(plan, "both").rpo("api"), never);
  EXPECT_EQ(Told::of(plan, "far").service("db").copies[0].why, "its region was struck");
}

TEST(Copies, KeptDataOfAServiceBroughtBackByTheRepairIsNotLost) {
  const Told t = Told::of(R"(services: {db: {data: {copies: [{log: {lag: 5m}}]}}}
outages: {o: {strikes: [{services: [db]}], lasts: 1h}}
plan: {steps: {x: {takes: 1m}}})");
  EXPECT_EQ(t.rpo("db"), 0);
}

TEST(Copies, CorruptionMakesReplicasUselessAndCountsFromTheNotice) {
  const Told t = Told::of(R"(services: {db: {data: {copies: [{replica: {lag: 1s}}, {log: {lag: 5m, kept: 7d}}]}}}
outages: {o: {strikes: [{services: [db]}], data: corrupted, noticed-after: 6h}, late: {strikes: [{services: [db]}], data: corrupted, noticed-after: 7d}}
plan: {steps: {x: {takes: 1m, recovers: [db]}}})");
  EXPECT_EQ(t.rpo("db"), 6 * 60 * m + 5 * m);
}

TEST(Copies, OlderThanTheyAreKeptAreGone) {
  const Told t = Told::of(R"(services: {db: {data: {copies: [{log: {lag: 5m, kept: 7d}}]}}}
outages: {o: {strikes: [{services: [db]}], data: corrupted, noticed-after: 7d}}
plan: {steps: {x: {takes: 1m, recovers: [db]}}})");
  EXPECT_EQ(t.rpo("db"), never);
}

TEST(Copies, BackupAgesStayBetweenItsDelayAndItsDelayPlusACycle) {
  const std::string plan = R"(services: {db: {data: {copies: [{backup: {every: 1h, held: 10m, takes: 20m}}]}}}
outages: {o: {strikes: [{services: [db]}]}}
plan: {steps: {x: {takes: 1m, recovers: [db]}}})";
  double least = never, most = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const double loss = Told::of(plan, "o", i).rpo("db");
    least = std::min(least, loss);
    most = std::max(most, loss);
  }
  EXPECT_GE(least, 30 * m);
  EXPECT_LT(least, 31 * m);
  EXPECT_LT(most, 90 * m);
  EXPECT_GT(most, 89 * m);
}

TEST(Copies, OfKOfNTheKthSmallestLossCounts) {
  const Told t = Told::of(R"(services: {x: {data: {copies: [{log: {lag: 1m}}]}}, y: {data: {copies: [{log: {lag: 2m}}]}}, z: {data: {copies: [{log: {lag: 3m}}]}},
  q: {needs: [{at-least: 2, of: [x, y, z]}]}}
outages: {o: {strikes: [{services: [x, y, z]}]}}
plan: {steps: {s: {takes: 1m, recovers: [x, y, z]}}})");
  EXPECT_EQ(t.rpo("q"), 2 * m);
}

TEST(WorkRecovery, GoesFromTheLastRecoveryToTheEndOfThePlan) {
  const Told t = Told::of(one + "plan: {steps: {x: {takes: 10m, recovers: [a]}, y: {after: [x], takes: 25m}}}");
  EXPECT_EQ(t.story.recovery, 10 * m);
  EXPECT_EQ(t.story.plan_end, 35 * m);
}

}  // namespace
}  // namespace muster
