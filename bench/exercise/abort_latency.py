#!/usr/bin/env python3
"""Abort latency of real exercises: from the instant at which a stop condition becomes true to the last verified undo.

usage: abort_latency.py [RUNS]    (100); prints median, p99 and maximum in milliseconds, as JSON

A run has five faults of different kinds. The condition is a probe asked every 50 ms, so that half of that is the probe's. Needs root.
"""

import json
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(os.environ["MUSTER_SOURCE"]) / "tests" / "exercise"))
import stage as stages  # noqa: E402

FAULTS = 5


def one_run(stage):
    hurt = stage.folder / "hurt"
    hurt.unlink(missing_ok=True)
    process = stage.begin("abort.yaml", "--yes", "--replications", "100")
    if not stages.eventually(lambda: sum(each.get("change") == "in-effect" for each in stage.kept()) == FAULTS, 20):
        raise AssertionError(stage.said())
    time.sleep(0.1)
    hurt.touch()
    true_at = time.clock_gettime(time.CLOCK_BOOTTIME)
    if process.wait(timeout=30) != 5:
        raise AssertionError(stage.said())
    undone = [each["boot"] / 1e9 for each in stage.happenings() if each["happened"] == "fault" and each["change"] == "undone"]
    if len(undone) != FAULTS:
        raise AssertionError(stage.said())
    return (max(undone) - true_at) * 1000


def main():
    missing = stages.what_is_missing()
    if missing:
        print(f"skipped: {missing}")
        sys.exit(1 if "lab" in os.environ.get("MUSTER_TEST_REQUIRE", "").split(",") else 77)
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    stage = stages.Stage()
    try:
        faults = [
            "cut: {on: near, partition: {from: far}}",
            "stop: {on: near, process: {match: %s-stopped, signal: stop}}" % stage.name,
            "ice: {on: near, freeze: {match: %s-frozen}}" % stage.name,
            "slow-link: {on: near, bandwidth: {dev: eth0, rate: 1 MB/s}}",
            "made: {on: near, command: {do: [touch, made], undo: [rm, -f, made], check: [test, -e, made]}}",
        ]
        stage.write("abort.yaml", faults, ["work: {run: [sleep, '30'], timeout: 40s}", "verify: {until: answers, deadline: 20s}"],
                    probes=["unhurt: {command: [test, '!', -e, hurt], every: 50ms, timeout: 1s}"], lines=["stop-when: {hurt: {not: unhurt}}"])
        took = sorted(one_run(stage) for _ in range(runs))
    finally:
        stage.close()
    print(json.dumps({"runs": runs, "median-ms": round(statistics.median(took), 1), "p99-ms": round(took[min(len(took) - 1, int(len(took) * 0.99))], 1), "max-ms": round(took[-1], 1)}))


if __name__ == "__main__":
    main()
