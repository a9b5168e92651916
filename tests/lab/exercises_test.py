"""The five shipped exercises, by the real program, on a lab of the test's own; what they report, against what somebody else saw.

The oracle is tests/lab/observer.py, which asks and writes by itself, and the databases, asked directly: which of Muster's own writes
east had committed when it went dark, and which of them west has.
"""

import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

import labs

BINARY = os.environ["MUSTER_BINARY"]
LONGEST_HOLD = 3  # seconds for which one of the exercises wants a recovery to hold
DSN = "host=db.lab dbname=lab user=app tcp_user_timeout=1000 options='-c statement_timeout=1000'"


class Seen:
    """What the observer saw, and what follows from it about recovery."""

    def __init__(self, seen):
        self.service, self.bystander, self.writes = seen["service"], seen["bystander"], seen["writes"]

    def outage(self, holds_for):
        """When the service was lost and when it was back, each as [earliest, latest]; back: for so long without a break."""
        first_bad = next((i for i, each in enumerate(self.service) if not each["good"]), None)
        if first_bad is None:
            return None
        # What begins in good times is answered in a few milliseconds, however long nobody answers later.
        lost = (self.service[first_bad - 1]["began"], self.service[first_bad]["began"] + 0.1)
        back, last_bad = None, self.service[first_bad]
        for each in self.service[first_bad:]:
            if not each["good"]:
                back, last_bad = None, each
            elif back is None:
                back = (last_bad["began"], each["ended"])
            elif each["began"] - back[1] >= holds_for:
                return lost, back
        return lost, None


class Exercises(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        labs.need_lab()
        cls.lab = labs.Lab("x")
        cls.addClassCleanup(cls.lab.down)
        cls.lab.up()
        folder = tempfile.TemporaryDirectory(prefix="muster-exercises-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.environment = {**os.environ, "MUSTER_RUN_DIR": f"{cls.folder}/run", "MUSTER_STATE_DIR": f"{cls.folder}/state"}
        for file in (labs.SOURCE / "scenarios/exercises").glob("*.yaml"):
            text = file.read_text(encoding="utf-8").replace("muster-lab-demo", cls.lab.full).replace("../../lab/", f"{labs.SOURCE}/lab/")
            (cls.folder / file.name).write_text(text, encoding="utf-8")

    def setUp(self):
        if self.lab.status().returncode != 0:  # what the test before has left
            self.lab.up()

    def muster(self, *words, check=True):
        return labs.run(BINARY, *words, check=check, env=self.environment, cwd=self.folder)

    def observe(self, url="http://api.lab/health", method="GET", period=0.05, slow=1.0, writes=True):
        out = self.folder / f"{self.id()}.seen"
        settings = {"url": url, "method": method, "period": period, "slow": slow, "bystander": "http://bystander.lab/",
                    "dsn": DSN if writes else "", "out": str(out)}
        process = subprocess.Popen(["ip", "netns", "exec", f"{self.lab.full}-world", "/usr/bin/python3", "-B", labs.SOURCE / "tests/lab/observer.py", json.dumps(settings)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        self.assertEqual("observing\n", process.stdout.readline())
        time.sleep(1)

        def stop():
            process.communicate(timeout=60)
            return Seen(json.loads(out.read_text(encoding="ascii")))

        return stop

    def traces(self):
        """What a fault could have left, asked of the kernel's own tools."""
        found = []
        for place in labs.PLACES:
            inside = f"{self.lab.full}-{place}"
            found += [f"{place}: {line}" for line in labs.run("ip", "netns", "exec", inside, "nft", "list", "tables").stdout.splitlines()]
            found += [f"{place}: {line}" for line in labs.run("tc", "-n", inside, "qdisc", "show").stdout.splitlines()]
        found += [str(path) for path in pathlib.Path("/sys/fs/cgroup").rglob("*muster_*")]
        for pid in sum(self.lab.processes().values(), []):
            try:
                state = re.search(r"^State:\s+(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.M).group(1)
            except OSError:
                continue
            if state[0] in "Tt":
                found.append(f"process {pid}: {state}")
        return sorted(found)

    def perform(self, name, **observed):
        """Runs an exercise while somebody watches; its happenings, from the ledger's rows as they are in the file."""
        before = self.traces()
        stop = self.observe(**observed)
        began = time.monotonic()
        done = self.muster("exercise", "run", f"{name}.yaml", "--yes", check=False)
        self.took = time.monotonic() - began
        time.sleep(LONGEST_HOLD + 1)  # the observer may see the recovery later than Muster did, and wants to see it hold as well
        seen = stop()
        self.said = done.stdout + done.stderr
        self.assertEqual(0, done.returncode, self.said)
        self.assertEqual(before, self.traces(), "what a fault has left")
        self.assertTrue(seen.bystander)
        self.assertEqual([], [each for each in seen.bystander if not each["good"]], "the bystander was hurt")
        self.assertEqual(0, self.lab.status().returncode, "afterwards the lab is as it was")
        ledger = sqlite3.connect(f"file:{next(self.folder.glob('state/**/*ledger*'))}?mode=ro", uri=True)
        self.id_of_run, = ledger.execute("select exercise from rows order by number desc limit 1").fetchone()
        rows = ledger.execute("select kind, body from rows where exercise = ? order by number", (self.id_of_run,)).fetchall()
        ledger.close()
        return [json.loads(body) for _, body in rows], seen

    # A row says what is not as usual.
    USUAL = {"run-ended": {"ending": "finished", "restored": False}, "footprint": {"remains": []}, "fault": {"change": "intended"},
             "recovery": {"rta": None, "error": 0, "seen-down": False, "valid": True},
             "step": {"change": "ready", "output-tail": ""},
             "canary": {"lost": 0, "lost-after-t0": 0, "in-doubt": 0, "lost-numbers": [], "rpa": None}}

    def of(self, happenings, kind):
        return [{**self.USUAL[kind], **each} for each in happenings if each["happened"] == kind]

    def check_end(self, happenings):
        end = self.of(happenings, "run-ended")
        self.assertEqual(1, len(end))
        self.assertEqual(("finished", True), (end[0]["ending"], end[0]["restored"]), end)
        self.assertEqual([], self.of(happenings, "footprint")[-1]["remains"])
        for fault in {each["fault"] for each in self.of(happenings, "fault")}:
            changes = [each["change"] for each in self.of(happenings, "fault") if each["fault"] == fault]
            self.assertEqual(["intended", "in-effect", "undoing", "undone"], changes, fault)
        self.assertIn(self.id_of_run, self.muster("history").stdout)
        report = self.muster("exercise", "report", self.id_of_run, "--md").stdout
        self.assertIn("RTA", report)
        self.assertTrue(json.loads(self.muster("exercise", "report", self.id_of_run, "--json").stdout))

    def check_recovery(self, happenings, seen, holds_for, period, patience=1, lost=None, recovering="verify"):
        """The RTA lies where the observer saw it, or where the last recovering step ended if that was later, give or take both
        resolutions and the error that Muster states."""
        recovery = self.of(happenings, "recovery")[-1]
        self.assertTrue(recovery["seen-down"] and recovery["valid"], recovery)
        outage = seen.outage(holds_for)
        self.assertIsNotNone(outage, "the observer saw no outage")
        self.assertIsNotNone(outage[1], f"the observer saw no outage that ended: {seen.service[-60:]}")
        lost = lost or outage[0]
        offset = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
        ended = [each["boot"] / 1e9 - offset for each in self.of(happenings, "step") if each["step"] == recovering and each["change"] == "succeeded"]
        back = [max(each, ended[-1]) for each in outage[1]]
        slack = recovery["error"] + period + 0.15
        self.assertGreaterEqual(recovery["rta"], back[0] - lost[1] - slack)
        self.assertLessEqual(recovery["rta"], back[1] - lost[0] + slack)
        self.assertLess(recovery["error"], 1 + patience, "a period, an answer that did not come, and the bracket of the effect")
        return recovery

    def names_of_ended(self, happenings):
        return [each["step"] for each in self.of(happenings, "step") if each["change"] == "succeeded"]

    def test_failover_reaches_west_and_knows_what_it_has_lost(self):
        # Before failback rebuilds it, east's data is set aside: what it had committed is the truth about what was there to lose.
        aside = self.folder / "east-aside"
        file = self.folder / "failover.yaml"
        script = self.folder / "set-aside"
        script.write_text(f"#!/bin/sh\nset -e\ncp -a {self.lab.state}/east/db {aside}\nexec {labs.SOURCE}/lab/failback {self.lab.name}\n", encoding="ascii")
        script.chmod(0o755)
        text = file.read_text(encoding="utf-8")
        changed = text.replace(f"afterwards: {{run: [{labs.SOURCE}/lab/failback, {self.lab.full}]", "afterwards: {run: [./set-aside]")
        self.assertNotEqual(text, changed)
        file.write_text(changed, encoding="utf-8")

        happenings, seen = self.perform("failover")
        self.assertLess(self.took, 100)
        self.check_end(happenings)
        self.check_recovery(happenings, seen, 3, 0.1)
        self.assertEqual(["detect", "decide", "fence-east", "promote-west", "swap-dns", "verify"], self.names_of_ended(happenings))

        canary = self.of(happenings, "canary")[0]
        committed, alive = self.canary_of(aside), self.canary_in_lab()
        gone = len(committed - alive)
        # Committed is what was acknowledged, and perhaps what was under way when the region went dark.
        self.assertLessEqual(canary["lost"], gone)
        self.assertLessEqual(gone, canary["lost"] + canary["lost-after-t0"] + canary["in-doubt"])
        self.assertGreater(canary["lost"], 60, "two seconds at fifty a second, less what was sent before the cut took effect")
        self.assertLess(canary["lost"], 160)
        listed = {number for stretch in canary["lost-numbers"] for number in range(stretch.get("first", 0), stretch.get("last", 0) + 1)}
        self.assertLessEqual(listed, committed - alive)

        acknowledged = [each for each in seen.writes if each["acknowledged"] is not None]
        survivors = set(map(int, self.lab.sql("select n from observed").split()))
        lost_at = seen.outage(3)[0]
        before = [each for each in acknowledged if each["acknowledged"] <= lost_at[1]]
        kept = [each for each in before if each["number"] in survivors]
        own_rpa = (lost_at[0] - max(each["acknowledged"] for each in kept), lost_at[1] - max(each["acknowledged"] for each in kept))
        self.assertGreaterEqual(canary["rpa"], own_rpa[0] - 0.25)
        self.assertLessEqual(canary["rpa"], own_rpa[1] + 0.25)
        self.assertAlmostEqual(len(before) - len(kept), canary["lost"], delta=25)

    def canary_of(self, folder):
        """Of the database as it was set aside, started once more by itself, where nobody reaches it."""
        socket = tempfile.mkdtemp(prefix="muster-aside-")
        self.addCleanup(shutil.rmtree, socket, True)
        shutil.chown(socket, "postgres")
        os.chmod(self.folder, 0o755)
        as_postgres = ["unshare", "--net", "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        control = [*as_postgres, "/usr/lib/postgresql/15/bin/pg_ctl", "-D", str(folder), "-w", "-s"]
        labs.run(*control, "start", "-l", f"{socket}/log", "-o", f"-c listen_addresses='' -c unix_socket_directories={socket}")
        try:
            found = labs.run("psql", "-h", socket, "-U", "app", "-d", "lab", "-XAtqc", f"select number from muster_canary where exercise = '{self.id_of_run}' and number > 0").stdout
        finally:
            labs.run(*control, "stop", "-m", "fast")
        return set(map(int, found.split()))

    def canary_in_lab(self):
        return set(map(int, self.lab.sql(f"select number from muster_canary where exercise = '{self.id_of_run}' and number > 0").split()))

    def test_a_killed_primary_loses_nothing(self):
        happenings, seen = self.perform("primary-killed")
        self.check_end(happenings)
        self.check_recovery(happenings, seen, 2, 0.05)
        canary = self.of(happenings, "canary")[0]
        self.assertEqual((0, 0), (canary["lost"], canary["lost-after-t0"]))
        survivors = set(map(int, self.lab.sql("select n from observed").split()))
        self.assertEqual([], [each for each in seen.writes if each["acknowledged"] is not None and each["number"] not in survivors])

    def test_a_full_disk_is_survived_by_its_ballast(self):
        full = []
        over = threading.Event()

        def watch():
            while not over.is_set() and not full:
                if os.statvfs(self.lab.state / "east").f_bavail == 0:
                    full.append(time.monotonic())
                time.sleep(0.01)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            # There is room again some hundredths of a second after Muster has missed it, so the observer looks more often than usual.
            happenings, seen = self.perform("disk-full", url="http://api.lab/orders", method="POST", period=0.02)
        finally:
            over.set()
            watcher.join()
        self.assertTrue(full, "the disk was never full")
        self.check_end(happenings)
        self.check_recovery(happenings, seen, 2, 0.1, lost=(full[0] - 1, full[0]))
        self.assertIn("make-room", self.names_of_ended(happenings))
        self.assertEqual(0, self.of(happenings, "canary")[0]["lost"])

    def test_a_slow_link_is_left_in_good_order(self):
        happenings, seen = self.perform("slow-link", url="http://api.lab/page", period=0.5, slow=0.4, writes=False)
        self.check_end(happenings)
        self.check_recovery(happenings, seen, 3, 0.5, patience=3)
        canary = self.of(happenings, "canary")[0]
        self.assertEqual(0, canary["lost"], "what was written went over before east was stopped")

    def test_a_stale_runbook_fails_and_its_fallback_does_it(self):
        happenings, seen = self.perform("stale-runbook", writes=False)
        self.check_end(happenings)
        self.check_recovery(happenings, seen, 2, 0.1, recovering="restart-as-it-is-now")
        steps = [(each["step"], each["change"]) for each in self.of(happenings, "step")]
        self.assertEqual(2, steps.count(("restart-by-runbook", "began")))
        self.assertIn(("restart-by-runbook", "replaced"), steps)
        self.assertIn(("restart-as-it-is-now", "succeeded"), steps)
        tails = [each["output-tail"] for each in self.of(happenings, "step") if each["step"] == "restart-by-runbook"]
        self.assertIn("unknown server 'application'", "".join(tails))


if __name__ == "__main__":
    labs.main()
