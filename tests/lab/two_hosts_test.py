"""The shipped exercise across hosts, on a lab of the test's own: as it is written, and with the runner cut off from an agent in the middle."""

import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import time
import unittest

import labs

BINARY = os.environ["MUSTER_BINARY"]


class TwoHosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        labs.need_lab()
        cls.lab = labs.Lab("h")
        cls.addClassCleanup(cls.lab.down)
        cls.lab.up()
        cls.addClassCleanup(labs.run, labs.SOURCE / "lab/agents", "down", cls.lab.name, env={**os.environ, "MUSTER": BINARY})
        labs.run(labs.SOURCE / "lab/agents", "up", cls.lab.name, env={**os.environ, "MUSTER": BINARY})
        folder = tempfile.TemporaryDirectory(prefix="muster-two-hosts-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.environment = {**os.environ, "MUSTER_RUN_DIR": f"{cls.folder}/run", "MUSTER_STATE_DIR": f"{cls.folder}/state", "MUSTER_RUNNER_DIR": f"{cls.lab.state}/agents/runner"}
        for file in (labs.SOURCE / "scenarios/exercises").glob("*.yaml"):
            text = file.read_text(encoding="utf-8").replace("/var/lib/muster-lab-demo", str(cls.lab.state)).replace("muster-lab-demo", cls.lab.full).replace("../../lab/", f"{labs.SOURCE}/lab/")
            (cls.folder / file.name).write_text(text, encoding="utf-8")

    def setUp(self):
        self.assertEqual(0, self.lab.status().returncode)
        self.before = self.cuts()

    def cuts(self):
        return [f"{place}: {line}" for place in labs.PLACES for line in labs.run("ip", "netns", "exec", f"{self.lab.full}-{place}", "nft", "list", "ruleset").stdout.splitlines()]

    def begin(self):
        said = open(self.folder / "said", "w", encoding="utf-8")
        process = subprocess.Popen(["nsenter", f"--net=/run/netns/{self.lab.full}-world", BINARY, "exercise", "run", "two-hosts.yaml", "--yes"], stdin=subprocess.DEVNULL, stdout=said,
                                   stderr=subprocess.STDOUT, env=self.environment, cwd=self.folder)
        said.close()
        self.addCleanup(process.kill)
        return process

    def said(self):
        return (self.folder / "said").read_text(encoding="utf-8") + "".join(f"\n{region}: " + (self.lab.state / f"agents/{region}.log").read_text(encoding="utf-8") for region in ("east", "west"))

    def rows(self):
        ledger = sqlite3.connect(f"file:{self.folder}/state/ledger.sqlite?mode=ro", uri=True)
        last, = ledger.execute("select exercise from rows order by number desc limit 1").fetchone()
        rows = [json.loads(body) for body, in ledger.execute("select body from rows where exercise = ? order by number", (last,))]
        ledger.close()
        return rows

    def test_all_is_done_and_put_back_on_both_hosts(self):
        process = self.begin()
        self.assertEqual(0, process.wait(timeout=120), self.said())
        self.assertEqual(self.before, self.cuts())
        rows = self.rows()
        self.assertTrue(rows[-1]["restored"])
        done = [each["step"] for each in rows if each["happened"] == "step" and each.get("change") == "succeeded"]
        self.assertEqual(["detect", "decide", "fence-east", "promote-west", "swap-dns", "verify"], done)
        recovery = [each for each in rows if each["happened"] == "recovery"][-1]
        self.assertTrue(recovery["seen-down"] and recovery["rta"] < 60, recovery)
        self.assertIn("to within", " ".join(each["what"] for each in rows if each.get("kind") == "clock"))
        self.assertEqual(0, self.lab.status().returncode, "afterwards the lab is as it was")

    def test_a_host_that_the_runner_is_cut_off_from_is_put_back_by_its_agent(self):
        process = self.begin()
        table = lambda: [line for line in self.cuts() if line.startswith("east") and "table" in line]  # noqa: E731
        labs.wait_until(table, 60, "east to go dark")
        time.sleep(1)
        self.assertTrue(table(), self.said())
        labs.run("ip", "-n", f"{self.lab.full}-world", "link", "set", "east", "down")
        self.addCleanup(labs.run, "ip", "-n", f"{self.lab.full}-world", "link", "set", "east", "up")
        labs.wait_until(lambda: not table(), 15, "east to be put back while nobody reaches it\n" + self.said())
        self.assertIsNone(process.poll(), self.said())
        labs.run("ip", "-n", f"{self.lab.full}-world", "link", "set", "east", "up")
        self.assertEqual(5, process.wait(timeout=120), self.said())
        self.assertEqual(self.before, self.cuts())
        rows = self.rows()
        self.assertTrue(rows[-1]["restored"], rows[-1])
        notes = " ".join(each["what"] for each in rows if each.get("kind") == "agent")
        self.assertIn("was lost", notes)
        self.assertIn("was met again", notes)
        undone = {each["fault"]: each for each in rows if each["happened"] == "fault" and each.get("change") == "undone"}
        self.assertIn("the runner fell silent", undone["east-goes-dark"]["why"])
        self.assertEqual({"east-goes-dark", "replication-is-cut"}, set(undone))
        labs.wait_until(lambda: self.lab.status().returncode == 0, 30, "the lab to be as it was")


if __name__ == "__main__":
    labs.main()
