#!/usr/bin/env python3
"""kill -9 of the runner, the keeper, or both, at moments drawn anew: everything is put back, and the ledger says what happened.

The seed is printed, and MUSTER_TEST_SEED gives it again; MUSTER_TEST_SWEEP is the number of moments for each of the three (10).
Each of the three is hit in each phase, at least once, and from 50 moments on five times. A kill that found nobody to kill counts for
nothing, and neither does the phase in which a moment was meant to be: what counts is what the keeper's account says was under way.
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
FAULTS = 13
EXTRA = 12  # for each hit that a phase must have, it is aimed at so many times at most


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
            everything = len(self.at["in-effect"]) == FAULTS and now >= self.at["in-effect"][-1]
            return "step" if everything else "effect"
        checking = "undo" in turns and turns[-1] == "check" and not (self.hook_undone and now >= self.hook_undone[0])
        return "verify" if checking else "undo"


def kill(stage, process, who):
    """When, and who of them lived until then."""
    keeper = stage.keeper()
    if who != "keeper":
        os.kill(process.pid, signal.SIGSTOP if who == "both" else signal.SIGKILL)
    if who != "runner" and keeper:
        os.kill(keeper, signal.SIGKILL)
    if who == "both":
        os.kill(process.pid, signal.SIGKILL)
    return time.clock_gettime(time.CLOCK_BOOTTIME), keeper is not None


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


def moment(random_, lines, phase=None):
    """Uniform between the first effect and the last undo, or within one phase of the undisturbed run."""
    first, last = lines.span()
    for _ in range(100_000):
        at = random_.uniform(0, last - first)
        if phase is None or lines.phase(first + at) == phase:
            return at
    raise AssertionError(f"an undisturbed run has no phase {phase}")


def check(stage, before, process, who, when, wait_for_kernel):
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
        fused = lambda traces: [line for line in traces if line.split(":")[0] in ("stopped", "frozen", "killed", "disk")]  # noqa: E731
        if not stages.eventually(lambda: fused(stage.traces()) == fused(before), 8):
            raise AssertionError("the fuses did not undo: " + str(sorted(set(stage.traces()) ^ set(before))))
        if wait_for_kernel and not stages.eventually(stage.flows, when + LEASE + 2 - time.clock_gettime(time.CLOCK_BOOTTIME)):
            raise AssertionError("the kernel did not end the cut with its lease")
    done = stage.muster("exercise", "recover", check=False)
    if done.returncode != 0 or stage.traces() != before:
        raise AssertionError(f"recover ended with {done.returncode}: {done.stdout}{done.stderr}\n" + str(sorted(set(stage.traces()) ^ set(before))))
    if stage.muster("exercise", "recover").stdout != "Nothing was left to undo.\n":
        raise AssertionError("recover did not say that it was done")
    check_ledger(stage.happenings(), code, who, when)


def check_ledger(happenings, code, who, when):
    """A run whose runner was killed has died, whatever its last row says of the instant; only one that had written its end before, and
    had undone everything by then, may have finished. What was undone later, it says too."""
    ends = [each for each in happenings if each["happened"] == "run-ended"]
    if not ends or not ends[-1].get("restored"):
        raise AssertionError(f"the ledger says {ends}")
    undone = {each["fault"]: each["boot"] / 1e9 for each in happenings if each["happened"] == "fault" and each["change"] == "undone"}
    begun = {each["fault"] for each in happenings if each["happened"] == "fault" and each["change"] == "intended"}
    if begun - set(undone):
        raise AssertionError(f"the ledger does not say that {sorted(begun - set(undone))} is undone")
    endings = {each.get("ending", "finished") for each in ends}
    if code == -signal.SIGKILL:
        over = len(ends) == 1 and max(undone.values()) <= ends[0]["boot"] / 1e9 <= when
        if endings != {"died"} and not (over and endings == {"finished"}):
            raise AssertionError(f"the ledger says {ends}, and the runner was killed at {when}")
    elif endings != {"finished" if code == 0 else "aborted"}:
        raise AssertionError(f"the ledger says {ends}, and the runner ended with {code}, the {who} killed")


def one_kill(stage, who, at, wait_for_kernel):
    """The phase in which it was; none, where those to be killed had gone."""
    before = stage.traces()
    process, began = begin(stage)
    time.sleep(max(0, began + at - time.clock_gettime(time.CLOCK_BOOTTIME)))
    when, had_keeper = kill(stage, process, who)
    phase = Lines(stage.kept() or [each for each in stage.happenings() if each["happened"] == "fault"], turns_of(stage)).phase(when)
    try:
        check(stage, before, process, who, when, wait_for_kernel)
    except Exception as error:
        raise AssertionError(f"{who} killed {at:.3f} s after the first effect, in {phase}: {error}\n{stage.said()}") from error
    hit = (who == "keeper" or process.returncode == -signal.SIGKILL) and (who == "runner" or had_keeper)
    return phase if hit else None


def sweep(stage, random_, count):
    lines = reference(stage)
    first, last = lines.span()
    print(f"undisturbed it takes {last - first:.2f} s from the first effect to the last undo", flush=True)
    wanted = 5 if count >= 50 else 1
    for who in WHO:
        killed, tries = dict.fromkeys(PHASES, 0), 0

        def aim(enough, most, phase=None):
            nonlocal tries
            for _ in range(most):
                if enough():
                    return
                hit = one_kill(stage, who, moment(random_, lines, phase), tries % 5 == 0)
                tries += 1
                if hit:
                    killed[hit] += 1

        aim(lambda: sum(killed.values()) >= count, 2 * count)
        for phase in PHASES:
            aim(lambda: killed[phase] >= wanted, EXTRA * wanted, phase)
        print(f"{who} killed, and all put back, {sum(killed.values())} times (" + ", ".join(f"{phase} {killed[phase]}" for phase in PHASES) + f"); {tries - sum(killed.values())} came too late", flush=True)
        if min(killed.values()) < wanted or sum(killed.values()) < count:
            raise AssertionError(f"{who} was to be killed {count} times, and {wanted} times in each phase")


def main():
    seed = stages.seed_or_skip()
    stage = stages.Stage()
    try:
        stage.write("every.yaml", stage.every_fault(), ["work: {run: [sleep, '1.2'], undo: [touch, work-undone]}", "verify: {until: answers, deadline: 20s}"])
        sweep(stage, random.Random(seed), int(os.environ.get("MUSTER_TEST_SWEEP") or 10))
    except Exception as error:
        raise AssertionError(f"seed {seed}: {error}") from error
    finally:
        stage.close()


if __name__ == "__main__":
    main()
