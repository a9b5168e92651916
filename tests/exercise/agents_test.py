#!/usr/bin/env python3
"""A runner and agents on hosts of their own (network namespaces): what agents break they put back, whoever dies and whatever is cut.

The kill sweep comes last: runner, agent, its keeper, or the network between them goes at moments drawn anew. The seed is printed, and
MUSTER_TEST_SEED gives it again; MUSTER_TEST_SWEEP is the number of moments for each of the four (1).
"""

import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hosts as worlds  # noqa: E402
import stage as stages  # noqa: E402
from hosts import ADDRESSES, PORT  # noqa: E402

NEAR = f"{ADDRESSES['near']}:{PORT}"
STEPS = ["work: {run: [sleep, '1.2']}", "verify: {until: answers, deadline: 20s}"]
LONG = ["work: {run: [sleep, '20']}", "verify: {until: answers, deadline: 20s}"]
CUT = ["cut: {on: near, partition: {from: far}}"]


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def differences(a, b):
    return sorted(set(a) ^ set(b))


def ends_with(world, process, code, seconds=60):
    try:
        got = process.wait(timeout=seconds)
    except Exception:
        raise AssertionError("it does not end:\n" + world.said())
    expect(got == code, f"ended with {got}, not {code}:\n{world.said()}")


def in_effect(world, faults, seconds=20):
    told = lambda: {each["fault"] for each in world.kept() if each.get("change") == "in-effect"}  # noqa: E731
    expect(stages.eventually(lambda: faults <= told(), seconds), f"{faults - told()} did not come to be:\n{world.said()}")


def put_back(world, before, seconds, what):
    expect(stages.eventually(lambda: world.traces() == before, seconds), f"{what}: not put back in {seconds} s: {differences(world.traces(), before)}\n{world.said()}")


def changes(world):
    return [(each["fault"], each["change"], each.get("by"), each.get("why", "")) for each in world.happenings() if each["happened"] == "fault"]


# ---- what is there

def status_tells_of_both_ends(world):
    said = world.muster("agent", "status", NEAR).stdout
    expect("takes orders of ours" in said and "environment staging" in said and "ahead of" in said or "behind" in said, said)
    here = world.on_host("near", "agent", "status").stdout
    expect(f"listens at {NEAR}" in here and "1 certificates may give orders" in here and "No exercise is under way" in here, here)
    expect(world.muster("agent", "status", "10.98.1.1:1", check=False).returncode == 4, "nobody listens there")


def dry_run_touches_nothing(world, before):
    world.write("every.yaml", world.every_fault(), STEPS)
    said = world.muster("exercise", "run", "every.yaml", "--dry-run").stdout
    expect(f"on the host of the agent at {NEAR}" in said and "nft delete table" in said, said)
    expect(world.traces() == before, "a dry run left " + str(differences(world.traces(), before)))


def faults_of_every_kind(world, before):
    for faults, names in ((world.every_fault(), {"cut", "dark", "stop", "kill", "ice", "slow-link", "outside", "names", "way", "hook"}), (world.whole_machine_faults(), {"busy", "memory", "disk"})):
        world.write("every.yaml", faults, ["work: {run: [sleep, '2']}", "verify: {until: answers, deadline: 20s}"], recovers=True)
        process = world.begin("every.yaml", "--yes")
        in_effect(world, names)
        expect(world.traces() != before, "nothing was to be seen of them")
        ends_with(world, process, 0)
        expect(world.traces() == before, "it left " + str(differences(world.traces(), before)))
        end = world.ended()
        expect(end.get("restored") and not end.get("remains"), end)
        told = {(fault, change) for fault, change, _, _ in changes(world)}
        expect({(name, change) for name in names for change in ("intended", "in-effect", "undone")} <= {(f.split("@")[0], c) for f, c in told}, told)
        clock = world.notes("clock")
        expect(clock and "to within" in clock[0], clock)
        # One machine has one clock: what was told from there lies between what was told here.
        rows = world.happenings()
        boots = [each["boot"] / 1e9 for each in rows if each["happened"] == "fault"]
        expect(all(rows[0]["boot"] / 1e9 - 0.1 <= at <= rows[-1]["boot"] / 1e9 + 0.1 for at in boots), boots)


def refused_by_its_own_file(world, before):
    world.write("cut.yaml", CUT, STEPS)
    for opt, why in ((dict(environment="qa"), "says that it is “qa”"), (dict(allows="freeze"), "does not allow faults of the kind partition"), (dict(environment="production"), "deny list")):
        world.opt_in(world.near, **opt)
        done = world.muster("exercise", "run", "cut.yaml", "--yes", check=False)
        expect(done.returncode == 4 and why in done.stderr, (done.returncode, done.stderr))
        check = world.muster("exercise", "check", "--strict", "cut.yaml", check=False)
        expect(why in check.stderr, check.stderr)
        expect(why in (world.folder / "near.log").read_text(encoding="utf-8"), "the agent's log does not say so")
    world.opt_in(world.near, allows="partition")
    world.write("run.yaml", CUT, ["work: {run: ['true'], on: near}", "verify: {until: answers, deadline: 20s}"])
    done = world.muster("exercise", "run", "run.yaml", "--yes", check=False)
    expect(done.returncode == 4 and "does not allow the plan's own commands (run)" in done.stderr, done.stderr)
    world.opt_in(world.near)
    world.on_host("near", "halt", "--why", "stocktaking")
    done = world.muster("exercise", "run", "cut.yaml", "--yes", check=False)
    expect(done.returncode == 4 and "halted here" in done.stderr and "stocktaking" in done.stderr, done.stderr)
    world.on_host("near", "halt", "--lift")
    expect(world.traces() == before, "a refused run touched something")


def commands_and_probes_run_there(world, before):
    marks = world.folder / "marks"
    world.script("mark", f'echo "$1 $(stat -Lc %i /proc/self/ns/net) $MUSTER_STEP" >> {marks}; echo told {world.folder.name}')
    mark = world.folder / "mark"
    world.write("there.yaml", [f"cut: {{on: near, partition: {{from: far}}, before-undo: {{run: [{mark}, fence], timeout: 5s}}}}"],
                [f"work: {{run: [{mark}, step], on: near}}", "verify: {until: at-near, deadline: 20s}"],
                probes=["at-near: {command: [test, -e, %s], from: near, every: 100ms, timeout: 1s}" % marks, "lonely: {tcp: '10.99.0.2:9', from: near, every: 200ms, timeout: 500ms}"],
                lines=[f"afterwards: {{run: [{mark}, afterwards], on: far}}"])
    process = world.begin("there.yaml", "--yes")
    ends_with(world, process, 0)
    inodes = {host: str(os.stat(f"/run/netns/{getattr(world, host)}").st_ino) for host in ADDRESSES}
    lines = [line.split() for line in marks.read_text(encoding="utf-8").splitlines()]
    expect([(line[0], line[1]) for line in lines] == [("step", inodes["near"]), ("fence", inodes["near"]), ("afterwards", inodes["far"])], lines)
    steps = [each for each in world.happenings() if each["happened"] == "step" and each.get("step") == "work" and each.get("change") == "succeeded"]
    expect(steps and f"told {world.folder.name}" in steps[0].get("output-tail", ""), steps)
    counted = {each["probe"]: each for each in world.happenings() if each["happened"] == "probe-counts"}
    expect(counted["at-near"]["passed"] > 0 and counted["lonely"]["failed"] > 0, counted)
    expect(world.traces() == before, differences(world.traces(), before))
    # A step that is ended takes its tree along, on that host too.
    world.script("lasting", f"sleep 8391 & exec -a {world.name}-lasting sleep 8392")
    world.write("lasting.yaml", CUT, [f"work: {{run: [{world.folder}/lasting], on: near, timeout: 1s}}", "verify: {until: answers, deadline: 5s}"])
    process = world.begin("lasting.yaml", "--yes")
    process.wait(timeout=30)
    expect(stages.run("pgrep", "-f", "sleep 839[12]", check=False).stdout == "", "the step's tree lives on")
    expect(world.traces() == before, differences(world.traces(), before))


def canary_of(world, every="100ms", reads="", write=""):
    """A file is the database; where each write came from stands beside it. Read from the other host."""
    data = world.folder / "data"
    data.unlink(missing_ok=True)
    world.script("canary-write", write or f'echo "$MUSTER_SEQ $(stat -Lc %i /proc/self/ns/net)" >> {data}')
    world.script("canary-read", reads or f"cut -d' ' -f1 {data}")
    return [f"canary: {{service: app, writes: {{command: [{world.folder}/canary-write], every: {every}, from: near}}, reads: {{command: [{world.folder}/canary-read], from: far}}}}"], data


def agents_alone(world, seconds=8):
    """None of those that agents had started for a run is there any more."""
    expect(stages.eventually(lambda: all(words[1:3] == ["agent", "run"] for words in world.processes().values()) and len(world.processes()) == 2, seconds), world.processes())


SCENE = ["scene: {on: far, before: 2s, bandwidth: {dev: eth0, rate: 1 MB/s}}"]


def canary_writes_and_reads_there(world, before):
    lines, data = canary_of(world, reads=f"awk '$1 != 3 && $1 != 4 {{ print $1 }}' {world.folder}/data")
    world.write("canary.yaml", SCENE + CUT, lines=lines, steps=["work: {run: [sleep, '1']}", "verify: {until: answers, deadline: 20s}"])
    expect("not yet" not in world.muster("exercise", "check", "canary.yaml", check=False).stderr, "it is said not to be done")
    process = world.begin("canary.yaml", "--yes")
    ends_with(world, process, 0)
    reading = next(each for each in world.happenings() if each["happened"] == "canary")
    expect(reading.get("lost") == 2 and reading["lost-numbers"] == [{"first": 3, "last": 4}] and reading["acknowledged"] > 5, reading)
    written = [line.split() for line in data.read_text(encoding="utf-8").splitlines()]
    expect({inode for _, inode in written} == {str(os.stat(f"/run/netns/{world.near}").st_ino)}, "it wrote from elsewhere")
    log = [line.split() for line in next((world.state / "exercises").glob("*/canary.log")).read_text(encoding="utf-8").splitlines()]
    acknowledged = {int(line[1]): (int(line[2]), int(line[4])) for line in log if line[0] == "a"}
    expect({int(number) for number, _ in written} == set(acknowledged), "what was written and what was acknowledged differ")
    expect(all(0 < error < 50e6 for _, error in acknowledged.values()), acknowledged)
    # Never told shorter than it can have been, and not much longer; the resolution says by how much.
    t0 = next(each["boot"] for each in world.happenings() if each["happened"] == "fault" and each["fault"].startswith("cut") and each["change"] == "intended")
    least = (t0 - acknowledged[2][0]) / 1e9
    expect(least <= reading["rpa"] <= least + 0.15 and 0.1 < reading["period"] < 0.4, (least, reading))
    expect(world.traces() == before, differences(world.traces(), before))
    agents_alone(world)
    size = data.stat().st_size
    time.sleep(0.3)
    expect(data.stat().st_size == size, "somebody writes on")


def canary_of_a_lost_agent_is_in_doubt(world, before):
    """Nothing is lost of what can be read, but what else was acknowledged is not known: no loss is told, not even none."""
    lines, data = canary_of(world)
    world.write("canary.yaml", SCENE + CUT, lines=lines, steps=LONG)
    for host in ("near", "link"):
        process = world.begin("canary.yaml", "--yes")
        in_effect(world, {"cut"})
        if host == "near":
            world.agents["near"].kill()
            world.agents["near"].wait()
        else:
            world.link("near", "down")
        put_back(world, before, 12, "the agent of the canary was lost")
        expect(stages.eventually(lambda: (size := data.stat().st_size, time.sleep(0.5), data.stat().st_size == size)[2], 8), "somebody writes on")
        if host == "near":
            world.start_agent("near")
        else:
            world.link("near", "up")
        ends_with(world, process, 5)
        readings = [each for each in world.happenings() if each["happened"] == "canary"]
        expect(readings and all("rpa" not in each and "in doubt" in each["why-not"] for each in readings), readings)
        expect("acknowledged writes lost" not in world.said(), world.said())
        expect(world.ended().get("restored"), world.ended())
    agents_alone(world)
    expect(world.traces() == before, differences(world.traces(), before))


def a_real_recovery_uses_none(world, before):
    (world.folder / "real.yaml").write_text("muster: 1\nservices: {s: {}}\noutages: {o: {strikes: [{services: [s]}]}}\nplan: {steps: {work: {takes: 1m, recovers: [s]}}}\n")
    (world.folder / "bindings.yaml").write_text(f"muster-bindings: 1\ntargets: {{far: {{agent: \"{NEAR}\"}}}}\nsteps: {{work: {{run: [/bin/true], on: far}}}}\n")
    done = world.muster("incident", "run", "real.yaml", "--outage", "o", "--bindings", "bindings.yaml", check=False)
    expect(done.returncode == 4 and "a real recovery does nothing through agents" in done.stderr, (done.returncode, done.stderr))
    expect(world.traces() == before, differences(world.traces(), before))


def canary_that_cannot_write_touches_nothing(world, before):
    lines, data = canary_of(world, write="echo nothing is taken here; exit 3")
    world.write("canary.yaml", CUT, lines=lines, steps=STEPS)
    world.opt_in(world.near, allows="partition")
    done = world.muster("exercise", "run", "canary.yaml", "--yes", check=False)
    expect(done.returncode == 4 and "does not allow the plan's own commands (run)" in done.stderr, done.stderr)
    world.opt_in(world.near)
    done = world.muster("exercise", "run", "canary.yaml", "--yes", check=False)
    expect(done.returncode == 4 and "first write was not acknowledged" in done.stderr, (done.returncode, done.stderr))
    agents_alone(world)
    expect(world.traces() == before and not data.exists(), differences(world.traces(), before))


# ---- what happens to them

def abort_undoes_everywhere(world, before):
    world.write("every.yaml", world.every_fault(), LONG)
    process = world.begin("every.yaml", "--yes")
    in_effect(world, {"cut", "hook", "dark"} - {"dark"})
    process.send_signal(signal.SIGINT)
    ends_with(world, process, 5)
    expect(world.traces() == before and world.ended().get("restored"), differences(world.traces(), before))


def network_between_is_cut(world, before):
    """Both ways, without a word to either: the agent puts everything back while nobody can reach it, and says so when they meet again."""
    world.write("every.yaml", world.every_fault(), LONG)
    process = world.begin("every.yaml", "--yes")
    in_effect(world, {"cut", "hook", "slow-link"})
    world.link("near", "down")
    cut_at = now()
    put_back(world, before, 10, "while the network was cut")
    took = now() - cut_at
    expect(process.poll() is None, "the runner did not wait to meet its agent again")
    time.sleep(1)
    world.link("near", "up")
    ends_with(world, process, 5)
    print(f"the network cut: all was put back {took:.1f} s later, by the agent alone", flush=True)
    notes = " ".join(world.notes("agent"))
    expect("was lost" in notes and "was met again" in notes and "it had put back all" in notes, notes)
    undone = [(fault, by, why) for fault, change, by, why in changes(world) if change == "undone" and not fault.startswith("dark")]
    expect(len(undone) == 9 and all(by == "keeper" and "the runner fell silent" in why for _, by, why in undone), undone)
    expect(world.ended().get("restored") and "was lost" in world.ended()["why"], world.ended())


def agent_that_is_not_met_again_is_not_believed(world, before):
    """The runner gives up in time, and says what it does not know; recover asks again."""
    world.write("cut.yaml", CUT, LONG)
    process = world.begin("cut.yaml", "--yes")
    in_effect(world, {"cut"})
    world.link("near", "down")
    put_back(world, before, 10, "while the network was cut")
    process.send_signal(signal.SIGKILL)  # nor will it wait for 90 s
    process.wait()
    done = world.muster("exercise", "recover", check=False)
    expect(done.returncode == 6 and "cannot be asked what became of it" in done.stdout, (done.returncode, done.stdout, done.stderr))
    expect(not world.ended().get("restored"), world.ended())
    world.link("near", "up")
    done = world.muster("exercise", "recover", check=False)
    expect(done.returncode == 0 and "all is undone" in done.stdout, (done.returncode, done.stdout, done.stderr))
    expect(world.ended().get("restored") and world.ended().get("ending") == "died", world.ended())
    expect(world.muster("exercise", "recover").stdout == "Nothing was left to undo.\n", "it asks for ever")


# ---- the sweep

def kill(world, who, process):
    if who == "runner":
        os.kill(process.pid, signal.SIGKILL)
    elif who == "agent":
        world.agents["near"].kill()
        world.agents["near"].wait()
    elif who == "keeper":
        keeper = world.keeper_of("near")
        if keeper:
            os.kill(keeper, signal.SIGKILL)
    else:
        world.link("near", "down")
    return now()


def one_kill(world, who, at, before):
    (world.folder / "log").unlink(missing_ok=True)
    process = world.begin("every.yaml", "--yes")
    expect(stages.eventually(lambda: any(each.get("happened") == "fault" for each in world.kept()), 20), "it did not begin:\n" + world.said())
    began = world.kept()[0]["boot"] / 1e9
    time.sleep(max(0, began + at - now()))
    when = kill(world, who, process)
    put_back(world, before, 12, f"{who} gone {at:.3f} s after the first effect")
    took = now() - when
    if who == "agent":
        world.start_agent("near")
    if who == "network":
        world.link("near", "up")
    code = process.wait(timeout=60)
    if who == "runner" and code == -signal.SIGKILL:
        done = None
        for _ in range(100):  # a keeper that restores still is not taken for one that has
            done = world.muster("exercise", "recover", check=False)
            if done.returncode == 0:
                break
            time.sleep(0.1)
        expect(done.returncode == 0, f"recover: {done.stdout}{done.stderr}")
    elif who == "agent" and code == 6:  # it went when all was undone, before its host was looked at: what is not known is not believed
        expect("LEFT near: its host cannot be looked at" in world.said(), world.said())
        done = world.muster("exercise", "recover", check=False)
        expect(done.returncode == 0, f"recover: {done.stdout}{done.stderr}")
    else:
        expect(code in (0, 5), f"{who}: it ended with {code}\n{world.said()}")
    put_back(world, before, 3, who)
    end = world.ended()
    expect(end.get("restored"), f"{who} gone after {at:.3f} s: {end}\n{world.said()}")
    begun = {fault for fault, change, _, _ in changes(world) if change == "intended"}
    undone = {fault for fault, change, _, _ in changes(world) if change in ("undone",)}
    expect(begun <= undone, f"{who} gone after {at:.3f} s: the ledger does not say that {begun - undone} is undone: {changes(world)}")
    return took


def sweep(world, random_, count, before):
    world.write("every.yaml", world.every_fault(), STEPS)
    for who in ("runner", "agent", "keeper", "network"):
        took = [one_kill(world, who, random_.uniform(0, 2.5), before) for _ in range(count)]
        print(f"{who} gone, and all put back, {count} times, after {max(took):.1f} s at most", flush=True)


def main():
    seed = stages.seed_or_skip()
    only = sys.argv[1:]
    world = worlds.Hosts()
    try:
        before = world.traces()
        tests = [lambda: status_tells_of_both_ends(world)]
        names = ["status_tells_of_both_ends"]
        for test in (dry_run_touches_nothing, faults_of_every_kind, refused_by_its_own_file, commands_and_probes_run_there, a_real_recovery_uses_none, canary_writes_and_reads_there, canary_of_a_lost_agent_is_in_doubt, canary_that_cannot_write_touches_nothing, abort_undoes_everywhere, network_between_is_cut, agent_that_is_not_met_again_is_not_believed):
            tests.append(lambda test=test: test(world, before))
            names.append(test.__name__)
        tests.append(lambda: sweep(world, random.Random(seed), int(os.environ.get("MUSTER_TEST_SWEEP") or 1), before))
        names.append("sweep")
        for name, test in zip(names, tests):
            if only and name not in only:
                continue
            since = time.monotonic()
            try:
                test()
            except Exception as error:
                logs = "".join(f"\n{host}: " + (world.folder / f"{host}.log").read_text(encoding="utf-8")[-3000:] for host in ADDRESSES)
                raise AssertionError(f"{name}: {error}{logs}") from error
            print(f"{name}: {time.monotonic() - since:.1f} s", flush=True)
    except Exception as error:
        raise AssertionError(f"seed {seed}: {error}") from error
    finally:
        world.close()


if __name__ == "__main__":
    main()
