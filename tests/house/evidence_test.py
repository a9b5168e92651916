"""The evidence pack of the real program, verified by programs that are not Muster's: sha256sum and ssh-keygen."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
BINARY = os.environ["MUSTER_BINARY"]
DAYS = ("--from", "2027-01-01", "--to", "2027-06-30")


class Evidence(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="muster-evidence-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.pack = self.folder / "pack"
        self.environment = {**os.environ, "MUSTER_STATE_DIR": str(self.folder / "state"), "MUSTER_RUN_DIR": str(self.folder / "run")}

    def muster(self, *words, status=0):
        done = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, env=self.environment, stdin=subprocess.DEVNULL)
        self.assertEqual(status, done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def make(self, *more, status=0):
        return self.muster("evidence", *DAYS, "--out", self.pack, "--scenario", SOURCE / "scenarios/small.yaml",
                           "--programme", SOURCE / "scenarios/programmes/stackery-2027.yaml", *more, status=status)

    def sums(self):
        return subprocess.run(["sha256sum", "-c", "--quiet", "--strict", "SHA256SUMS"], cwd=self.pack, capture_output=True).returncode

    def key(self):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "auditor@example.org", "-f", self.folder / "key"], check=True)
        (self.folder / "signers").write_text("auditor@example.org " + (self.folder / "key.pub").read_text())
        return self.folder / "key"

    def signature(self):
        with open(self.pack / "SHA256SUMS", "rb") as manifest:
            return subprocess.run(["ssh-keygen", "-Y", "verify", "-f", self.folder / "signers", "-I", "auditor@example.org", "-n", "muster-evidence",
                                   "-s", self.pack / "SHA256SUMS.sig"], stdin=manifest, capture_output=True).returncode

    def test_holds_what_was_asked_and_verifies(self):
        self.muster("incident", "add", "region gone", "--started", "2026-01-02 10:00", "--ended", "2026-01-02 12:00")
        self.make("--sign", self.key())
        listed = {line.split("  ", 1)[1] for line in (self.pack / "SHA256SUMS").read_text().splitlines()}
        there = {str(each.relative_to(self.pack)) for each in self.pack.rglob("*") if each.is_file()} - {"SHA256SUMS", "SHA256SUMS.sig"}
        self.assertEqual(there, listed)
        self.assertLessEqual({"index.html", "evidence.json", "actions.json", "plans/small.yaml", "plans/stackery.yaml", "programme/stackery-2027.yaml",
                              "programme/status.json"}, there)
        self.assertEqual((SOURCE / "scenarios/small.yaml").read_bytes(), (self.pack / "plans/small.yaml").read_bytes())
        self.assertEqual(0, self.sums())
        self.assertEqual(0, self.signature())
        ledger = sqlite3.connect(next((self.folder / "state").rglob("*ledger*.sqlite")))
        head = ledger.execute("select hash from rows order by number desc limit 1").fetchone()[0]
        ledger.close()
        self.assertIn(head, (self.pack / "evidence.json").read_text())
        json.loads((self.pack / "evidence.json").read_text())
        page = (self.pack / "index.html").read_text()
        for word in ("ISO 22301", "SP 800-34", "SP 800-84", "Article 11", "Article 24", "Article 25", "A1.2", "A1.3", "sha256sum --check", "ssh-keygen -Y verify"):
            self.assertIn(word, page.replace("articles", "Article"), word)

    def test_whatever_byte_is_changed_is_found(self):
        self.make("--sign", self.key())
        for path in sorted(each for each in self.pack.rglob("*") if each.is_file() and each.name not in ("SHA256SUMS", "SHA256SUMS.sig")):
            whole = path.read_bytes()
            for at in {0, len(whole) // 2, len(whole) - 1}:
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
                self.assertNotEqual(0, self.sums(), f"{path} at {at}")
            path.unlink()
            self.assertNotEqual(0, self.sums(), f"{path} is gone")
            path.write_bytes(whole)
        self.assertEqual(0, self.sums())
        # Who changes the manifest too has not the key.
        manifest = self.pack / "SHA256SUMS"
        manifest.write_text(manifest.read_text().replace("plans/small.yaml", "plans/other.yaml"))
        self.assertNotEqual(0, self.signature())

    def test_the_same_is_the_same_bytes(self):
        self.make()
        first = {str(each.relative_to(self.pack)): each.read_bytes() for each in self.pack.rglob("*") if each.is_file()}
        shutil.rmtree(self.pack)
        self.make()
        self.assertEqual(first, {str(each.relative_to(self.pack)): each.read_bytes() for each in self.pack.rglob("*") if each.is_file()})

    def test_nothing_is_written_over_and_no_half_is_left(self):
        self.pack.mkdir()
        (self.pack / "mine").touch()
        self.assertIn("not empty", self.make(status=4))
        shutil.rmtree(self.pack)
        said = self.make("--sign", self.folder / "none", status=75)
        self.assertIn("cannot sign", said)
        self.assertEqual([], [each.name for each in self.folder.iterdir() if each.name.startswith("pack")])

    def test_a_ledger_that_was_tampered_with_is_no_evidence(self):
        self.muster("incident", "add", "region gone", "--started", "2026-01-02 10:00", "--ended", "2026-01-02 12:00")
        ledger = sqlite3.connect(next((self.folder / "state").rglob("*ledger*.sqlite")))
        ledger.execute("drop trigger rows_are_never_changed")
        ledger.execute("update rows set body = replace(body, 'region', 'regiom')")
        ledger.commit()
        ledger.close()
        self.assertIn("tampered", self.make(status=4))
        self.assertFalse(self.pack.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
