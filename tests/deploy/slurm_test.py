#!/usr/bin/env python3
"""deploy/slurm.sh on a real Slurm: sixteen shards on four nodes, of which one dies while they run, and the merge that waits for them.

The oracle is the same run undivided: the same bytes."""

import os
import pathlib
import subprocess
import sys
import unittest

import slurm

SOURCE, MUSTER = pathlib.Path(os.environ["MUSTER_SOURCE"]), os.environ["MUSTER_BINARY"]
PARTS = 16


class OnACluster(unittest.TestCase):
    def setUp(self):
        self.cluster = slurm.Cluster(4)
        self.addCleanup(self.cluster.close)

    def test_an_array_of_shards_survives_a_node_and_merges_to_the_bytes_of_one_run(self):
        folder = self.cluster.folder / "run"
        words = ["simulate", str(SOURCE / "scenarios" / "stackery.yaml"), "--replications", "1000000", "--seed", "7"]
        submitted = self.cluster.run(str(SOURCE / "deploy" / "slurm.sh"), str(folder), str(PARTS), *words, env={**self.cluster.environment, "MUSTER": MUSTER})
        merge = submitted.strip()
        victim = []

        def running_beside_what_is_done():
            running = [(task, node) for task, state, node in self.cluster.jobs() if state == "RUNNING" and "_" in task]
            if list(folder.glob("*.shard")) and running:
                victim[:] = [running[-1]]
            return bool(victim)

        self.assertTrue(slurm.eventually(running_beside_what_is_done, 120, 0.05), self.story(folder))
        task, node = victim[0]
        self.cluster.kill_node(node)
        done = slurm.eventually((folder / "result.json").exists, 240, 0.2)
        self.assertTrue(done, self.story(folder))
        print(f"{node} was killed while it ran {task}; the merge was job {merge}")
        self.assertEqual(self.cluster.nodes()[node], "down")
        self.assertEqual(len(list(folder.glob("*.shard"))), PARTS)
        # A task that is killed while it writes leaves what it had written, under another name than a shard's.
        other = [each.name for each in folder.iterdir() if each.name not in self.expected(folder) and not each.name.endswith(".partial")]
        self.assertEqual(other, [])
        whole = subprocess.run([MUSTER, *words, "--json", "-"], capture_output=True, timeout=300)
        self.assertEqual(whole.returncode, 0)
        self.assertTrue((folder / "result.json").read_bytes() == whole.stdout, "the bytes of one run")

    def expected(self, folder):
        return {"result.json", "merge.log", *(each.name for each in folder.glob("*.shard")), *(f"{i + 1}.log" for i in range(PARTS))}

    def story(self, folder):
        logs = "\n".join(f"{each.name}: {each.read_text(errors='replace')[-500:]}" for each in sorted(folder.glob("*.log")))
        return f"{self.cluster.jobs()}\n{self.cluster.nodes()}\n{sorted(each.name for each in folder.iterdir()) if folder.exists() else ''}\n{logs}"


if __name__ == "__main__":
    missing = slurm.what_is_missing()
    if missing:
        print(f"skipped: {missing}")
        sys.exit(1 if "slurm" in os.environ.get("MUSTER_TEST_REQUIRE", "").split(",") else 77)
    unittest.main(verbosity=2)
