"""./demo, ./test and what they stand on, with stand-ins for the tools that they call: what they say, and how they end."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
ORDINARY = ["awk", "bash", "basename", "cat", "chmod", "cp", "dirname", "env", "grep", "head", "mkdir", "mktemp", "rm", "sed", "tail",
            "tee", "tr", "uname", "nproc", "find", "true"]


class Workbench(unittest.TestCase):
    """A folder with the project's commands, and a PATH with ordinary tools and stand-ins only."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for tool in ORDINARY:
            (self.bin / tool).symlink_to(shutil.which(tool))
        for command in ["demo", "test", "tools", ".ci"]:
            source = SOURCE / command
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self.root / command)

    def stand_in(self, name, script):
        path = self.root / name if "/" in name else self.bin / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # a link to the tool itself would lead the writing there
        path.write_text(f"#!{shutil.which('bash')}\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def call(self, *command):
        done = subprocess.run([str(self.root / command[0]), *command[1:]], env={"PATH": str(self.bin)}, cwd="/",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout


class InstallPackages(Workbench):
    def debian(self, installed="", user=0, apt="exit 0"):
        self.stand_in("dpkg-query", 'shift 3; for p in "$@"; do case " %s " in *" $p "*) printf "installed:%%s " "$p";; esac; done; exit 1' % installed)
        self.stand_in("id", f"echo {user}")
        self.stand_in("apt-get", f'echo "$@" >> {self.root}/apt; {apt}')

    def asked_of_apt(self):
        log = self.root / "apt"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def everything(self):
        lists, _, _ = (SOURCE / "tools/install-packages").read_text(encoding="utf-8").partition("declare -A why")
        return " ".join(word for line in lists.splitlines() if line.startswith("  ") for word in line.split("#")[0].split())

    def test_names_what_is_missing_before_it_installs_it(self):
        self.debian(installed=self.everything().replace(" cmake ", " ").replace(" file ", " "))
        status, said = self.call("tools/install-packages", "build", "test")
        self.assertEqual(0, status, said)
        self.assertIn("  to build Muster: cmake\n", said)
        self.assertIn("  to test it: file\n", said)
        self.assertLess(said.index("cmake"), said.index("Installing"))
        update, install = self.asked_of_apt().splitlines()
        self.assertTrue(update.endswith("update"))
        self.assertTrue(install.endswith("install --no-install-recommends cmake file"), install)

    def test_says_and_does_nothing_when_all_are_there(self):
        self.debian(installed=self.everything())
        self.assertEqual((0, ""), self.call("tools/install-packages", "build", "test", "fuzz"))
        self.assertEqual("", self.asked_of_apt())

    def test_servers_of_the_lab_are_neither_started_nor_made_to_start(self):
        # As another user all that changes the machine goes through sudo, whose stand-in only tells.
        policy = pathlib.Path("/usr/sbin/policy-rc.d")
        self.debian(installed=self.everything().replace(" nginx-light ", " ").replace(" dnsmasq-base ", " "), user=1000)
        self.stand_in("sudo", f'echo "$*" >> {self.root}/did; case "$*" in *tee*) cat > /dev/null;; esac')
        status, said = self.call("tools/install-packages", "lab")
        self.assertEqual(0, status, said)
        did = (self.root / "did").read_text(encoding="utf-8").splitlines()
        install = next(i for i, line in enumerate(did) if line.endswith("install --no-install-recommends nginx-light dnsmasq-base"))
        if not policy.exists():  # what a machine has of its own is kept
            self.assertIn(f"-n tee {policy}", did[:install])
            self.assertIn(f"-n rm -f {policy}", did[install:])
        self.assertIn("-n update-rc.d nginx disable", did[install:])
        self.assertNotIn("createcluster", "".join(did), "the database was there: its settings are not ours")

    def test_uses_sudo_when_not_root(self):
        self.debian(user=1000)
        self.stand_in("sudo", f'echo "sudo $1" >> {self.root}/apt; shift; "$@"')
        status, said = self.call("tools/install-packages", "build")
        self.assertEqual(0, status, said)
        self.assertIn("sudo -n\n", self.asked_of_apt(), "without a terminal it never asks for a password")

    def test_fails_with_the_reason(self):
        status, said = self.call("tools/install-packages", "build")
        self.assertEqual(1, status)
        self.assertIn("not a Debian system", said)

        self.debian(user=1000)
        status, said = self.call("tools/install-packages", "build")
        self.assertEqual(1, status)
        self.assertIn("no sudo here; as root run: apt-get install", said)

        self.stand_in("sudo", "echo 'sudo: a password is required' >&2; exit 1")
        status, said = self.call("tools/install-packages", "build")
        self.assertEqual(1, status)
        self.assertIn("sudo was refused", said)

        self.debian(apt='case "$*" in *install*) echo "E: Unable to locate package cmake"; exit 100;; esac')
        status, said = self.call("tools/install-packages", "build")
        self.assertEqual(1, status)
        self.assertIn("apt-get install failed: E: Unable to locate package cmake", said)

    def test_a_source_that_cannot_be_reached_is_only_a_warning(self):
        self.debian(apt='case "$*" in *update*) echo "E: gone"; exit 100;; esac')
        status, said = self.call("tools/install-packages", "build")
        self.assertEqual(0, status, said)
        self.assertIn("warning: apt-get update failed: E: gone", said)


class Test(Workbench):
    def setUp(self):
        super().setUp()
        self.stand_in("tools/install-packages", "exit 0")
        self.stand_in("tools/build", "mkdir -p build/$1")

    def ctest(self, total, failures=0, skipped=0, status=0):
        self.stand_in("ctest", f'''while [ $# -gt 0 ]; do [ "$1" = --output-junit ] && out=$2; shift; done
printf '<?xml version="1.0"?>\\n<testsuite name="x"\\n\\ttests="{total}"\\n\\tfailures="{failures}"\\n\\tdisabled="0"\\n\\tskipped="{skipped}"\\n\\ttime="1"\\n>\\n' > "$out"
exit {status}''')

    def closing(self, *options):
        status, said = self.call("test", *options)
        return status, said.splitlines()[-1]

    def test_closes_with_the_count(self):
        self.ctest(12)
        self.assertEqual((0, "12 passed, 0 failed"), self.closing())
        self.ctest(12, skipped=1)
        self.assertEqual((0, "11 passed, 0 failed, 1 skipped"), self.closing())
        self.ctest(12, failures=2, skipped=1, status=8)
        self.assertEqual((1, "9 passed, 2 failed, 1 skipped"), self.closing())

    def test_counts_each_sanitized_run(self):
        self.ctest(12)
        self.assertEqual((0, "36 passed, 0 failed"), self.closing("--sanitize"))

    def test_no_test_is_a_failure(self):
        self.ctest(0)
        self.assertEqual((1, "0 passed, 1 failed"), self.closing())
        self.ctest(3, skipped=3)
        self.assertEqual((1, "0 passed, 1 failed"), self.closing())

    def test_a_runner_that_breaks_off_is_a_failure(self):
        self.ctest(3, status=8)
        self.assertEqual((1, "0 passed, 1 failed"), self.closing())
        self.stand_in("ctest", "exit 0")
        self.assertEqual((1, "0 passed, 1 failed"), self.closing())

    def test_what_cannot_be_built_is_a_failure(self):
        self.ctest(12)
        self.stand_in("tools/build", "echo 'main.cc:1: error'; exit 1")
        self.assertEqual((1, "0 passed, 1 failed"), self.closing())

    def test_fuzzes_each_target(self):
        self.ctest(12)
        self.stand_in("build/fuzz/tests/fuzz/load_fuzz", 'echo "$@" > fuzzed')
        self.stand_in("build/fuzz/tests/fuzz/other_fuzz", "echo crash; exit 77")
        self.assertEqual((1, "13 passed, 1 failed"), self.closing("--fuzz", "7"))
        self.assertIn("-max_total_time=7 ", (self.root / "fuzzed").read_text(encoding="utf-8"))

    def test_unknown_words_are_wrong_usage(self):
        for words in [["--fast"], ["--fuzz", "0"], ["--only"]]:
            self.assertEqual(2, self.call("test", *words)[0], words)

    def test_continuous_integration_runs_it_all(self):
        self.ctest(12)
        status, said = self.call(".ci/run")
        self.assertEqual((0, "12 passed, 0 failed"), (status, said.splitlines()[-1]))


class Demo(Workbench):
    def setUp(self):
        super().setUp()
        self.stand_in("tools/install-packages", "echo installing $*")
        self.stand_in("tools/build", "echo building $*")

    def test_simulates_and_says_where_the_results_are(self):
        self.stand_in("build/release/app/muster", 'echo "report of $2"; for o in a b; do echo "── $o ──"; done; echo "{}" > "$4"')
        status, said = self.call("demo")
        self.assertEqual(0, status, said)
        self.assertIn("installing build\n", said, "only what building needs")
        self.assertIn("report of scenarios/stackery.yaml\n── a ──\n… and so on", said)
        self.assertIn("── b ──", (self.root / "out/demo/stackery.txt").read_text(encoding="utf-8"))
        for name in ["stackery.txt", "stackery.json"]:
            self.assertIn(name, said)
            self.assertTrue((self.root / "out/demo" / name).stat().st_size)

    def test_fails_with_what_it_calls(self):
        self.stand_in("build/release/app/muster", "echo broken >&2; exit 70")
        self.assertEqual(70, self.call("demo")[0])
        self.stand_in("tools/install-packages", "echo 'no sudo' >&2; exit 1")
        status, said = self.call("demo")
        self.assertEqual((1, "no sudo\n"), (status, said))

    def exercise(self, up, run="exit 0"):
        """With a lab that is up already, or not, and a program whose runs end so."""
        self.stand_in("id", "echo 0")
        self.stand_in("lab/lab", f'echo "lab $*"; [ "$1" != status ] || exit {0 if up else 3}')
        report = 'for file; do :; done; echo "| RTA | 5 s |" > "$file"; echo "| RPA | 2 s |" >> "$file"'
        self.stand_in("build/release/app/muster", f'case "$2" in run) echo "performs $3 $4 in $MUSTER_STATE_DIR"; {run};; report) {report};; esac')
        return self.call("demo", "exercise")

    def test_exercises_and_says_what_was_reached(self):
        status, said = self.exercise(up=False)
        self.assertEqual(0, status, said)
        self.assertIn("installing build lab\n", said)
        self.assertIn(f"performs scenarios/exercises/failover.yaml --yes in {self.root}/out/demo/state", said)
        self.assertIn("| RTA | 5 s |\n| RPA | 2 s |\n", said)
        self.assertIn(f"{self.root}/out/demo/failover.md", said)
        self.assertLess(said.index("lab up demo"), said.index("performs"))
        self.assertTrue(said.endswith("lab down demo\n"), "what it brought up it takes away")

    def test_takes_the_lab_away_when_the_exercise_fails_and_keeps_one_that_was_up(self):
        status, said = self.exercise(up=False, run="exit 5")
        self.assertEqual(5, status, said)
        self.assertTrue(said.endswith("lab down demo\n"), said)
        status, said = self.exercise(up=True)
        self.assertEqual(0, status, said)
        self.assertNotIn("lab down", said)

    def test_exercises_only_as_root(self):
        self.stand_in("id", "echo 1000")
        status, said = self.call("demo", "exercise")
        self.assertEqual(1, status)
        self.assertIn("only root", said)

    def test_unknown_words_are_wrong_usage(self):
        status, said = self.call("demo", "everything")
        self.assertEqual(2, status)
        self.assertIn("usage: ./demo", said)


if __name__ == "__main__":
    unittest.main()
