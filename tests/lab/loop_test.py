"""The whole loop on a lab: believe, foresee, try three times, learn, foresee again, decide when to try next, and prove what was done.

The oracle of what was measured is the ledger's own rows; what calibration must make of it follows from how it was stated: measured where
it was expected, it is known better; far beyond what was thought possible, that is said.
"""

import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import unittest

import labs

BINARY = os.environ["MUSTER_BINARY"]
STEPS = ("detect", "restart-database", "verify")


class Loop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        labs.need_lab()
        cls.lab = labs.Lab("l")
        cls.addClassCleanup(cls.lab.down)
        cls.lab.up()
        folder = tempfile.TemporaryDirectory(prefix="muster-loop-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.environment = {**os.environ, "MUSTER_RUN_DIR": f"{cls.folder}/run", "MUSTER_STATE_DIR": f"{cls.folder}/state"}
        for file in (labs.SOURCE / "scenarios/exercises").glob("*.yaml"):
            text = file.read_text(encoding="utf-8").replace("muster-lab-demo", cls.lab.full).replace("../../lab/", f"{labs.SOURCE}/lab/")
            (cls.folder / file.name).write_text(text, encoding="utf-8")

    def muster(self, *words, status=0, environment=None):
        done = labs.run(BINARY, *words, check=False, env=environment or self.environment, cwd=self.folder)
        self.assertEqual(status, done.returncode, f"{words}\n{done.stdout}{done.stderr}")
        return done.stdout

    def stated_as(self, name, law):
        """The lab's scenario with other laws for the steps that were timed."""
        text = (self.folder / "lab.yaml").read_text(encoding="utf-8")
        for step in STEPS:  # whichever plan has a step of that name: it is one step
            text, found = re.subn(rf"(\n      {step}: \{{.*?takes: )\{{pert: \[.*?\]\}}", lambda m: m.group(1) + law(step), text)
            self.assertGreater(found, 0, step)
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def calibrated(self, scenario, *more, environment=None):
        return json.loads(self.muster("calibrate", scenario, "--outage", "primary-killed", "--replications", "20000", "--json", "-", *more, environment=environment))

    @staticmethod
    def width(result, quantile):
        low, high = result["outages"]["primary-killed"]["services"]["api"]["rto"]["credible"][quantile]
        return high - low

    def test_what_is_tried_is_learned_and_changes_what_is_foreseen_and_planned(self):
        for _ in range(3):
            self.muster("exercise", "run", "primary-killed.yaml", "--yes")
        observed = json.loads(self.muster("observe", "list", "--json"))["observations"]
        measured = {step: [each["seconds"] for each in observed if each["of"] == "step" and each["name"] == step and not each["censored"]] for step in STEPS}
        for step in STEPS:
            self.assertEqual(3, len(measured[step]), measured)
        middle = {step: statistics.geometric_mean(measured[step]) for step in STEPS}

        # Stated such that what was measured lies between p10 and p90: the recovery time is then known better than before.
        def around(step):
            p50 = middle[step]
            p95 = p50 * max(2.0, (max(measured[step]) / min(measured[step])) ** 2)
            self.assertLess(max(measured[step]) / p50, (p95 / p50) ** (1.2816 / 1.6449), "within p90 as stated")
            return f"{{lognormal: {{p50: {p50 * 1000:.3f}ms, p95: {p95 * 1000:.3f}ms}}}}"

        as_expected = self.stated_as("as-expected.yaml", around)
        nothing_seen = {**self.environment, "MUSTER_STATE_DIR": f"{self.folder}/empty"}
        before = self.calibrated(as_expected, environment=nothing_seen)
        after = self.calibrated(as_expected)
        self.muster("calibrate", as_expected, "--out", "calibrated.yaml", "--quiet")
        for quantile in ("p50", "p95"):
            self.assertLess(self.width(after, quantile), self.width(before, quantile), "known better")
        items = {item["name"]: item for item in after["items"] if item["kind"] == "step"}
        for step in STEPS:
            self.assertEqual(3, items[step]["observations"])
            self.assertFalse(items[step]["drifted"], items[step])

        # And it is what is simulated from then on.
        plain = json.loads(self.muster("simulate", as_expected, "--outage", "primary-killed", "--replications", "20000", "--json", "-"))
        learned = json.loads(self.muster("simulate", as_expected, "--outage", "primary-killed", "--replications", "20000", "--calibration", "calibrated.yaml", "--json", "-"))
        self.assertNotEqual(plain["scenario"]["sha256"], learned["scenario"]["sha256"])
        self.assertEqual(after["calibrated-sha256"], learned["scenario"]["sha256"])
        rto = learned["outages"]["primary-killed"]["services"]["api"]["rto"]
        self.assertAlmostEqual(rto["p50"], after["outages"]["primary-killed"]["services"]["api"]["rto"]["after"]["p50"], delta=0.05 * rto["p50"])

        # Stated far too short: ten times beyond its p99 is no bad luck.
        def too_short(step):
            p50 = min(measured[step]) / 30
            return f"{{lognormal: {{p50: {p50 * 1000:.4f}ms, p95: {p50 * 1500:.4f}ms}}}}"

        drifted = {item["name"]: item for item in self.calibrated(self.stated_as("too-short.yaml", too_short))["items"] if item["kind"] == "step"}
        for step in STEPS:
            self.assertTrue(drifted[step]["drifted"], drifted[step])
            self.assertLess(drifted[step]["drift"], 0.01)

        # The next quarter: planned with what was held, and nothing is overdue yet.
        # The plan is stated anew as it was tried, under the name by which the exercises know it.
        (self.folder / "lab.yaml").write_bytes((self.folder / as_expected).read_bytes())
        (self.folder / "programme.yaml").write_text(PROGRAMME, encoding="utf-8")
        plan = json.loads(self.muster("schedule", "programme.yaml", "--today", "2026-12-20", "--replications", "2000", "--json", "-"))
        held = [each["exercise"] for each in plan["appointments"]]
        self.assertIn("database", held)
        self.assertIn("region", held)
        self.assertTrue(all("2027-01-01" <= each["date"] <= "2027-03-31" for each in plan["appointments"]), plan["appointments"])
        self.assertGreaterEqual(plan["exercises"]["database"]["observations"], 3 * len(STEPS), "what was tried is known")
        self.assertEqual(3, len(plan["exercises"]["database"]["held"]))
        (self.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

        self.prove()

    def prove(self):
        """What was done, as a folder that programs other than Muster's verify, and in which any changed byte is found."""
        today = datetime.datetime.now(datetime.timezone.utc).date()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "key"], check=True)
        (self.folder / "allowed").write_text("owner@lab.example " + (self.folder / "key.pub").read_text(encoding="utf-8"), encoding="utf-8")
        self.muster("evidence", "--from", str(today - datetime.timedelta(days=1)), "--to", str(today), "--out", "pack", "--programme", "programme.yaml", "--plan", "plan.json",
                    "--calibration", "calibrated.yaml", "--sign", "key")
        pack = self.folder / "pack"
        evidence = json.loads((pack / "evidence.json").read_text(encoding="utf-8"))
        self.assertEqual(["primary-killed"] * 3, [each["outage"] for each in evidence["exercises"]])
        for each in evidence["exercises"]:
            self.assertTrue((pack / each["folder"] / "after-action.md").stat().st_size > 1000)
            self.assertLess(each["rta"], 120)
        self.assertEqual(1, len(evidence["calibrations"]))
        self.assertGreaterEqual(evidence["calibrations"][0]["observations"], 3 * len(STEPS))
        self.assertEqual((self.folder / "calibrated.yaml").read_bytes(), (pack / evidence["calibrations"][0]["path"]).read_bytes())

        def verified():
            sums = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=pack, capture_output=True, check=False).returncode
            with open(pack / "SHA256SUMS", "rb") as manifest:
                signed = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", self.folder / "allowed", "-I", "owner@lab.example", "-n", "muster-evidence", "-s", pack / "SHA256SUMS.sig"],
                                        stdin=manifest, capture_output=True, check=False).returncode
            return sums == 0 and signed == 0

        self.assertTrue(verified())
        for path in sorted(each for each in pack.rglob("*") if each.is_file() and each.name != "SHA256SUMS.sig"):
            whole = path.read_bytes()
            path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
            self.assertFalse(verified(), path)
            path.write_bytes(whole)
        self.assertTrue(verified())


PROGRAMME = """
muster-programme: 1
name: lab-2027
title: The lab's next quarter
time-zone: UTC
from: 2027-Q1
quarters: 1
hours: ["Mon-Fri 09:00-17:00"]
people:
  ana: {title: Ana, roles: [incident-commander], mail: ana@lab.example, absent: [{from: 2027-01-01, to: 2027-01-31, why: holiday}]}
blackouts:
  quarter-close: {last-days-of: quarter, days: 5}
exercises:
  database: {title: The database is killed, scenario: lab.yaml, outage: primary-killed, service: api, kind: full-scale, roles: {incident-commander: 1}, lasts: 1h}
  region: {title: The region is lost, scenario: lab.yaml, outage: region-loss, service: api, kind: full-scale, roles: {incident-commander: 1}, lasts: 2h}
policies:
  quarterly: {title: Each quarter, exercises: [database, region], every: quarter}
"""


if __name__ == "__main__":
    labs.main()
