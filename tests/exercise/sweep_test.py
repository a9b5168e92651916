#!/usr/bin/env python3
"""kill -9 of the runner, the keeper, or both, at moments drawn anew: everything is put back, and the ledger says what happened.

The seed is printed, and MUSTER_TEST_SEED gives it again; MUSTER_TEST_SWEEP is the number of moments for each of the three (10).
"""

import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage as stages  # noqa: E402

WHO = ("runner", "keeper", "both")
PHASES = ("arm", "effect", "step", "undo", "verify")
LEASE = 10  # seconds, after which the kernel ends what nobody keeps


class Lines:
    """The keeper's account of one run, as phases: what was under way at an instant."""

    def __init__(self, kept, log):
        self.at = {}
        for each in kept:
            if each.get("happened") == "fault":
                self.at.setdefault(each.get("change", "intended"), []).append(each["boot"] / 1e9)
        self.hook_undone = [each["boot"] / 1e9 for each in kept if each.get("fault") == "hook" and each.get("change") == "undone"]
        self.log = log

    def span(self):
        return self.at["intended"][0], self.at["undone"][-1]

    def phase(self, now):
        """The slow hook logs its own turns: `do`, `check` and `undo` of it are arm or effect, verify, and undo."""
        turns = [word for when, word in self.log if when <= now]
        if not self.at.get("in-effect") or now < self.at["in-effect"][0]:
            return "arm"
        if not self.at.get("undoing") or now < self.at["undoing"][0]:
            everything = len(self.at["in-effect"]) == 10 and now >= self.at["in-effect"][-1]
            return "step" if everything else "effect"
        checking = "undo" in turns and turns[-1] == "check" and not (self.hook_undone and now >= self.hook_undone[0])
        return "verify" if checking else "undo"


def kill(stage, process, who):
    keeper = stage.keeper()
    if who != "keeper":
        os.kill(process.pid, signal.SIGSTOP if who == "both" else signal.SIGKILL)
    if who != "runner" and keeper:
        os.kill(keeper, signal.SIGKILL)
    if who == "both":
        os.kill(process.pid, signal.SIGKILL)
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def turns_of(stage):
    log = stage.folder / "log"
    return [(float(line.split()[1]), line.split()[0]) for line in log.read_text(encoding="ascii").splitlines()] if log.exists() else []


def begin(stage):
    (stage.folder / "log").unlink(missing_ok=True)
    process = stage.begin("every.yaml", "--yes")
    if not stages.eventually(lambda: any(each.get("happened") == "fault" for each in stage.kept()), 20):
        raise AssertionError("it did not begin:\n" + stage.said())
    return process, stage.kept()[0]["boot"] / 1e9


def reference(stage):
    """How long it takes, and when its phases are, when nobody kills anybody."""
    process, _ = begin(stage)
    if process.wait(timeout=60) != 0:
        raise AssertionError(stage.said())
    kept = [each for each in stage.happenings() if each["happened"] == "fault"]
    return Lines(kept, turns_of(stage))


def moments(random_, lines, count):
    """Uniform between the first effect and the last undo, and then in each phase that came off badly."""
    first, last = lines.span()
    drawn = [random_.uniform(0, last - first) for _ in range(count)]
    wanted = 5 if count >= 50 else 1
    for phase in PHASES:
        missing = wanted - sum(lines.phase(first + at) == phase for at in drawn)
        tries = 0
        while missing > 0 and tries < 100_000:
            at = random_.uniform(0, last - first)
            tries += 1
            if lines.phase(first + at) == phase:
                drawn.append(at)
                missing -= 1
    return drawn


def check(stage, before, process, who, when):
    """Whatever is left must be gone by itself in time, but for what needs a hook or leaves an emptied table; then by recover."""
    code = process.wait(timeout=60)
    if who == "keeper" and code not in (0, 5):
        raise AssertionError(f"the runner ended with {code}\n{stage.said()}")
    quiet = lambda: not any(words[1:2] != ["exercise"] for words in stage.processes().values())  # noqa: E731
    if not stages.eventually(quiet, 30):
        raise AssertionError(f"they live: {stage.processes()}")
    if who != "both":
        if not stages.eventually(lambda: stage.traces() == before, 5):
            raise AssertionError("not put back within 5 s: " + str(sorted(set(stage.traces()) ^ set(before))))
    else:
        killed = lambda: [line for line in stage.traces() if line.split(":")[0] in ("stopped", "frozen", "killed", "disk")]  # noqa: E731
        if not stages.eventually(lambda: killed() == [line for line in before if line.split(":")[0] in ("stopped", "frozen", "killed", "disk")], 8):
            raise AssertionError("the fuses did not undo: " + str(sorted(set(stage.traces()) ^ set(before))))
    done = stage.muster("exercise", "recover", check=False)
    if done.returncode != 0 or stage.traces() != before:
        raise AssertionError(f"recover ended with {done.returncode}: {done.stdout}{done.stderr}\n" + str(sorted(set(stage.traces()) ^ set(before))))
    if stage.muster("exercise", "recover").stdout != "Nothing was left to undo.\n":
        raise AssertionError("recover did not say that it was done")
    end = [each for each in stage.happenings() if each["happened"] == "run-ended"]
    if not end or not end[-1].get("restored"):
        raise AssertionError(f"the ledger says {end}")
    if code == -signal.SIGKILL and end[-1].get("ending") != "died" and end[-1]["boot"] / 1e9 > when:
        raise AssertionError(f"the ledger says {end}, and the runner was killed")


def sweep(stage, seed, count):
    random_ = random.Random(seed)
    lines = reference(stage)
    first, last = lines.span()
    print(f"undisturbed it takes {last - first:.2f} s from the first effect to the last undo", flush=True)
    killed = {(who, phase): 0 for who in WHO for phase in PHASES}
    for who in WHO:
        for at in moments(random_, lines, count):
            before = stage.traces()
            process, began = begin(stage)
            time.sleep(max(0, began + at - time.clock_gettime(time.CLOCK_BOOTTIME)))
            when = kill(stage, process, who)
            phase = Lines(stage.kept() or [each for each in stage.happenings() if each["happened"] == "fault"], turns_of(stage)).phase(when)
            try:
                check(stage, before, process, who, when)
            except Exception as error:
                raise AssertionError(f"seed {seed}: {who} killed {at:.3f} s after the first effect, in {phase}: {error}\n{stage.said()}") from error
            killed[who, phase] += 1
    print(f"seed {seed}: killed and put back " + "; ".join(f"{who} {sum(killed[who, phase] for phase in PHASES)} times (" + ", ".join(f"{phase} {killed[who, phase]}" for phase in PHASES) + ")" for who in WHO))
    return killed


def main():
    missing = stages.what_is_missing()
    if missing:
        print(f"skipped: {missing}")
        sys.exit(1 if "lab" in os.environ.get("MUSTER_TEST_REQUIRE", "").split(",") else 77)
    seed = int(os.environ.get("MUSTER_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    stage = stages.Stage()
    try:
        stage.write("every.yaml", stage.every_fault(), ["work: {run: [sleep, '1.2'], undo: [touch, work-undone]}", "verify: {until: answers, deadline: 20s}"])
        killed = sweep(stage, seed, int(os.environ.get("MUSTER_TEST_SWEEP") or 10))
    finally:
        stage.close()
    if any(sum(killed[who, phase] for who in WHO) == 0 for phase in PHASES):
        raise AssertionError(f"some phase was never hit: {killed}")


if __name__ == "__main__":
    main()
