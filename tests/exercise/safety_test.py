#!/usr/bin/env python3
"""The real program on a small world: whatever goes wrong, everything is put back, and it says what happened."""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage as stages  # noqa: E402

CUT = "cut: {on: near, partition: {from: far}}"
MADE = "made: {on: near, command: {do: [touch, made], undo: [rm, -f, made], check: [test, -e, made]}}"
LONG = ["work: {run: [sleep, '30'], timeout: 40s}", "verify: {until: answers, deadline: 20s}"]


def setUpModule():
    missing = stages.what_is_missing()
    if missing and "lab" in os.environ.get("MUSTER_TEST_REQUIRE", "").split(","):
        raise AssertionError(f"MUSTER_TEST_REQUIRE has lab, and {missing}")
    if missing:
        print(f"skipped: {missing}")
        sys.exit(77)


class Safety(unittest.TestCase):
    def setUp(self):
        self.stage = stages.Stage()
        self.addCleanup(self.stage.close)
        self.before = self.stage.traces()

    def wait_for_effect(self, count=1):
        self.assertTrue(stages.eventually(lambda: sum(each.get("change") == "in-effect" for each in self.stage.kept()) >= count, 15), self.stage.said())

    def check_put_back(self, process, code=5, within=8):
        began = time.monotonic()
        self.assertEqual(code, process.wait(timeout=30), self.stage.said())
        self.assertLess(time.monotonic() - began, within, "it took too long to put everything back")
        self.assertEqual(self.before, self.stage.traces())
        self.assertTrue(self.stage.flows())
        self.assertTrue(stages.eventually(lambda: not self.stage.processes()), self.stage.processes())
        end = [each for each in self.stage.happenings() if each["happened"] == "run-ended"]
        self.assertEqual(1, len(end))
        self.assertTrue(end[0]["restored"], end)
        return end[0]

    # ---- ended early

    def check_signal(self, number, again=None):
        self.stage.write("x.yaml", [CUT, MADE], LONG)
        process = self.stage.begin("x.yaml", "--yes")
        self.wait_for_effect(2)
        os.killpg(process.pid, number)
        if again:
            time.sleep(0.02)
            os.killpg(process.pid, again)
        return self.check_put_back(process)

    def test_interrupts_undo_everything_and_a_second_one_skips_nothing(self):
        self.assertIn("Ctrl-C", self.check_signal(signal.SIGINT, signal.SIGINT)["why"])

    def test_a_termination_undoes_everything(self):
        self.assertIn("SIGTERM", self.check_signal(signal.SIGTERM)["why"])

    def test_a_closed_terminal_undoes_everything(self):
        self.stage.write("x.yaml", [CUT, MADE], LONG)
        above, below = pty.openpty()
        environment = self.stage.environment()
        process = subprocess.Popen(["setsid", "--ctty", "--wait", stages.MUSTER, "exercise", "run", "x.yaml", "--yes"], stdin=below, stdout=below, stderr=below, env=environment, cwd=self.stage.folder)
        os.close(below)
        (self.stage.folder / "said").touch()
        reader = threading.Thread(target=self.read_all, args=(above,), daemon=True)
        reader.start()
        self.wait_for_effect(2)
        self.hung_up.set()
        reader.join()
        self.assertTrue(stages.eventually(lambda: self.before == self.stage.traces() and not self.stage.processes(), 10), self.stage.traces())
        process.wait(timeout=20)
        self.assertIn("terminal was closed", [each for each in self.stage.happenings() if each["happened"] == "run-ended"][0]["why"])

    hung_up = threading.Event()

    def read_all(self, terminal):
        while not self.hung_up.is_set():
            if select.select([terminal], [], [], 0.05)[0]:
                try:
                    os.read(terminal, 65536)
                except OSError:
                    break
        os.close(terminal)

    def test_abort_and_halt_from_another_terminal(self):
        self.stage.write("x.yaml", [CUT], LONG)
        process = self.stage.begin("x.yaml", "--yes")
        self.wait_for_effect()
        self.stage.muster("exercise", "abort", "--by", "ada", "--why", "customers are hurt")
        end = self.check_put_back(process)
        self.assertEqual(("customers are hurt", "ada"), (end["why"], end["by"]))

        process = self.stage.begin("x.yaml", "--yes")
        self.wait_for_effect()
        self.stage.muster("halt", "--by", "eve", "--why", "a real incident")
        self.assertEqual(5, process.wait(timeout=30), self.stage.said())
        self.assertEqual(self.before, self.stage.traces())
        refused = self.stage.muster("exercise", "run", "x.yaml", "--yes", check=False)
        self.assertEqual(4, refused.returncode)
        self.assertIn("halted here by eve: a real incident", refused.stderr)
        self.stage.muster("halt", "--lift", "--by", "eve")
        self.stage.write("short.yaml", [CUT])
        self.assertEqual(0, self.stage.muster("exercise", "run", "short.yaml", "--yes", check=False).returncode)

    def test_a_stop_condition_and_the_limit_end_it(self):
        self.stage.write("x.yaml", [CUT, MADE], LONG, probes=["hurt: {command: [test, '!', -e, hurt], every: 100ms, timeout: 1s}"], lines=["stop-when: {bystander-hurt: {not: hurt, for: 200ms}}"])
        process = self.stage.begin("x.yaml", "--yes")
        self.wait_for_effect(2)
        (self.stage.folder / "hurt").touch()
        self.assertIn("bystander-hurt", self.check_put_back(process)["why"])
        self.stage.write("y.yaml", [CUT], LONG, limit="2s")
        end = self.check_put_back_of_next("y.yaml")
        self.assertIn("limit", end["why"])

    def check_put_back_of_next(self, name):
        process = self.stage.begin(name, "--yes")
        self.assertEqual(5, process.wait(timeout=30), self.stage.said())
        self.assertEqual(self.before, self.stage.traces())
        return [each for each in self.stage.happenings() if each["happened"] == "run-ended"][-1]

    # ---- things that misbehave

    def test_a_step_that_ignores_sigterm_holds_up_no_undo_and_goes_with_its_children(self):
        self.stage.script("stubborn", f"trap '' TERM; (trap '' TERM; exec -a {self.stage.name}-child sleep 300) & sleep 300")
        self.stage.write("x.yaml", [CUT], ["work: {run: [./stubborn], timeout: 5m}", "verify: {until: answers, deadline: 20s}"])
        process = self.stage.begin("x.yaml", "--yes")
        self.wait_for_effect()
        self.assertTrue(stages.eventually(lambda: subprocess.run(["pgrep", "-f", f"^{self.stage.name}-child"], capture_output=True, check=False).returncode == 0))
        os.kill(process.pid, signal.SIGINT)
        self.check_put_back(process)
        told = self.stage.happenings()
        undoing, = [number for number, each in enumerate(told) if each.get("fault") == "cut" and each["change"] == "undoing"]
        ended, = [number for number, each in enumerate(told) if each.get("step") == "work" and each["change"] == "ended-early"]
        self.assertLess(told[undoing]["boot"], told[ended]["boot"], "the cut was held up by the step")
        self.assertLess(undoing, ended)
        self.assertEqual(1, subprocess.run(["pgrep", "-f", f"^{self.stage.name}-child"], capture_output=True, check=False).returncode)

    def test_a_target_process_that_dies_during_its_fault(self):
        self.stage.write("x.yaml", ["stop: {on: near, process: {match: %s-stopped, signal: stop}}" % self.stage.name, "ice: {on: near, freeze: {match: %s-frozen}}" % self.stage.name], LONG)
        process = self.stage.begin("x.yaml", "--yes")
        self.wait_for_effect(2)
        for name in ("stopped", "frozen"):
            os.kill(self.stage.pid(name), signal.SIGKILL)
        os.kill(process.pid, signal.SIGINT)
        self.assertEqual(5, process.wait(timeout=30), self.stage.said())
        left = lambda: [trace for trace in self.stage.traces() if "muster_" in trace and trace not in self.before]
        self.assertTrue(stages.eventually(lambda: not left()), left())

    def test_a_probe_that_hangs_is_neither_up_nor_down(self):
        self.stage.script("hang", "sleep 600")
        self.stage.write("x.yaml", [CUT], ["work: {until: hangs, deadline: 2s}", "verify: {until: answers, deadline: 5s}"], probes=["hangs: {command: [./hang], every: 200ms, timeout: 500ms}"])
        process = self.stage.begin("x.yaml", "--yes")
        self.assertNotEqual(0, process.wait(timeout=40), self.stage.said())
        self.assertEqual(self.before, self.stage.traces())
        self.assertIn(f"{'step':s} work", self.stage.said())
        self.assertEqual({}, self.stage.processes())

    def test_a_full_disk_under_the_ledger_hides_nothing(self):
        self.stage.state.mkdir(mode=0o700)
        stages.run("mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "none", self.stage.state)
        self.addCleanup(stages.run, "umount", "-l", self.stage.state, check=False)
        self.stage.write("x.yaml", [MADE], ["work: {run: [sleep, '2']}", "verify: {ask: done?}"])
        self.before = self.stage.traces()
        process = self.stage.begin("x.yaml", "--yes")
        self.wait_for_effect()
        ballast = os.open(self.stage.state / "ballast", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(ballast, b"x" * 4096)
        except OSError:  # it is full
            os.close(ballast)
        process.wait(timeout=40)
        self.assertEqual(self.before, self.stage.traces(), self.stage.said())
        os.unlink(self.stage.state / "ballast")
        history = self.stage.muster("history").stdout
        self.assertIn("finished", history, self.stage.said())

    def test_no_room_for_the_list_or_a_read_only_folder_is_refused(self):
        self.stage.state.mkdir(mode=0o700)
        stages.run("mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", self.stage.state)
        self.addCleanup(stages.run, "umount", "-l", self.stage.state, check=False)
        self.stage.write("x.yaml", [CUT, MADE])
        self.before = self.stage.traces()
        for reason in ("no room", "must be writable"):
            refused = self.stage.muster("exercise", "run", "x.yaml", "--yes", check=False)
            self.assertEqual(4, refused.returncode, refused.stdout + refused.stderr)
            self.assertIn(reason, refused.stderr)
            self.assertEqual(self.before if reason == "no room" else self.before_read_only, self.stage.traces())
            stages.run("mount", "-o", "remount,ro", self.stage.state)
            self.before_read_only = self.stage.traces()

    # ---- the guard

    def refused(self, words, *reasons):
        before = (self.stage.traces(), self.stage.flows())
        done = self.stage.muster("exercise", "run", *words, "--yes", check=False)
        self.assertEqual(4, done.returncode, done.stdout + done.stderr)
        for reason in reasons:
            self.assertIn(reason, done.stderr)
        self.assertEqual(before, (self.stage.traces(), self.stage.flows()), "something was touched")
        self.assertEqual({}, self.stage.processes())

    def test_the_guard_refuses_and_nothing_is_touched(self):
        stage = self.stage
        stage.write("x.yaml", [CUT, MADE])
        stage.opt_in(stage.near, allows="process")
        self.refused(["x.yaml"], "does not allow faults of the kind partition", "does not allow faults of the kind command")
        stage.opt_in(stage.near, environment="test")
        self.refused(["x.yaml"], "says that it is “test”, and the exercise is for “staging”")
        stage.opt_in(stage.near, environment="eu-production")
        self.refused(["x.yaml"], "on the deny list")
        shutil.rmtree(f"/etc/netns/{stage.near}/muster")
        self.refused(["x.yaml"], "has not agreed to be broken", "allows: [process, partition]")
        stage.opt_in(stage.near)
        os.chmod(f"/etc/netns/{stage.near}/muster/target.yaml", 0o666)
        self.refused(["x.yaml"], "can be written by others")
        os.chmod(f"/etc/netns/{stage.near}/muster/target.yaml", 0o644)

        stage.write("p.yaml", [CUT], environment="Prod-2")
        for netns in (stage.near, stage.far):
            stage.opt_in(netns, environment="Prod-2")
        self.refused(["p.yaml"], "the environment “Prod-2” is on the deny list")
        for netns in (stage.near, stage.far):
            stage.opt_in(netns)

        stage.write("b.yaml", [CUT], lines=["not-during: [{from: 2020-01-01T00:00Z, to: 2037-01-01T00:00Z, why: Black Week}]"])
        self.refused(["b.yaml"], "“Black Week”")
        (stage.folder / "freeze.ics").write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20200101T000000Z\r\nDURATION:PT23H59M59S\r\nRRULE:FREQ=DAILY\r\nSUMMARY:Change freeze\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", encoding="ascii")
        self.refused(["x.yaml", "--calendar", "freeze.ics"], "“Change freeze”", "freeze.ics")
        stage.write("s.yaml", [CUT], probes=["never: {command: ['false'], every: 100ms, timeout: 1s}"], steady="[never]")
        self.refused(["s.yaml"], "the steady state does not hold: never")
        stage.write("d.yaml", ["late: {on: near, delay: {dev: eth0, delay: 10ms}}", "gone: {on: near, process: {match: no-such-process, signal: stop}}"])
        if stages.run("unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms", check=False).returncode != 0:
            self.refused(["d.yaml"], "this kernel cannot delay packets: it has no netem")
        stage.write("n.yaml", ["gone: {on: near, process: {match: no-such-process, signal: stop}}"])
        self.refused(["n.yaml"], "matches “no-such-process”")

        stage.write("l.yaml", [CUT], LONG)
        process = stage.begin("l.yaml", "--yes")
        self.wait_for_effect()
        second = stage.muster("exercise", "run", "x.yaml", "--yes", check=False)
        self.assertEqual(4, second.returncode, second.stdout + second.stderr)
        self.assertIn("runs on target “near”", second.stderr)
        os.kill(process.pid, signal.SIGINT)
        self.check_put_back(process)

    def test_what_a_run_that_died_has_left_is_named_beforehand(self):
        self.stage.write("x.yaml", [CUT, MADE], LONG)
        process = self.stage.begin("x.yaml", "--yes")
        self.wait_for_effect(2)
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(self.stage.keeper(), signal.SIGKILL)
        process.kill()
        process.wait()
        said = self.stage.muster("exercise", "check", "x.yaml").stderr
        self.assertRegex(said, "would be refused now: exercise .* died and left in effect: cut, made; put it back: muster exercise recover")
        self.stage.muster("exercise", "recover")
        self.assertEqual(self.before, self.stage.traces())
        self.assertNotIn("died", self.stage.muster("exercise", "check", "x.yaml").stderr)

    def test_a_dry_run_shows_everything_and_touches_nothing(self):
        self.stage.write("x.yaml", self.stage.every_fault())
        done = self.stage.muster("exercise", "run", "x.yaml", "--dry-run")
        for words in ("cut", "dark", "freeze", "kill -CONT", "nft delete table", "tc -n", "p95", "verify"):
            self.assertIn(words, done.stdout)
        self.assertEqual(self.before, self.stage.traces())
        self.assertFalse((self.stage.state / "undo").exists())

    # ---- people

    def test_questions_are_answered_from_another_terminal_and_no_ends_it(self):
        self.stage.write("x.yaml", [CUT], ["work: {ask: Do we go on?, deadline: 30s}"])
        process = self.stage.begin("x.yaml")
        self.assertTrue(stages.eventually(lambda: "Do we go on?" in self.stage.said(), 15), self.stage.said())
        self.stage.muster("exercise", "ack", "work", "--by", "ada", "--note", "dashboards agree")
        self.assertTrue(stages.eventually(lambda: "asked for step verify" in self.stage.said(), 15), self.stage.said())
        status = self.stage.muster("exercise", "status").stdout
        self.assertIn("verify", status)
        self.assertIn("cut", status)
        self.stage.muster("exercise", "ack", "verify", "--by", "bo")
        self.check_put_back(process, code=0)
        answer, = [each for each in self.stage.happenings() if each.get("step") == "work" and each["change"] == "succeeded"]
        self.assertEqual(("ada", "dashboards agree"), (answer["by"], answer["note"]))

        process = self.stage.begin("x.yaml")
        self.assertTrue(stages.eventually(lambda: "Do we go on?" in self.stage.said(), 15), self.stage.said())
        self.stage.muster("exercise", "ack", "work", "--no", "--by", "ada")
        self.assertEqual(5, process.wait(timeout=20), self.stage.said())
        self.assertEqual(self.before, self.stage.traces())

    def test_the_board_on_a_terminal(self):
        self.stage.write("x.yaml", [CUT])
        done = stages.run("script", "-qefc", f"stty cols 100 rows 30; {stages.MUSTER} exercise run x.yaml --yes", "/dev/null", env={**self.stage.environment(), "TERM": "xterm-256color"}, cwd=self.stage.folder)
        for words in ("cut", "work", "answers"):
            self.assertIn(words, done.stdout)
        self.assertEqual(self.before, self.stage.traces())


if __name__ == "__main__":
    unittest.main(verbosity=2)
