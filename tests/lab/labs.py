"""Labs of the tests' own, and what a machine looks like around them."""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import time
import unittest

SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "exercise"))
import stage  # noqa: E402

LAB = SOURCE / "lab" / "lab"
PLACES = ("world", "east", "west", "bystander")
ADDRESS = {"world": "10.77.0.1", "east": "10.77.1.1", "west": "10.77.2.1", "bystander": "10.77.3.1"}
SKIPPED = 77


def what_is_missing():
    """Why no lab can be brought up here; "" when one can."""
    if os.geteuid() != 0:
        return "not root, and network namespaces need it"
    if sys.platform != "linux" or subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode != 0:
        return "no network namespaces can be made here"
    for program in ("ip", "nginx", "dnsmasq", "psql", "/usr/lib/postgresql/15/bin/initdb", "nsenter", "setpriv"):
        if shutil.which(program) is None:
            return f"no {program} here (tools/install-packages lab)"
    if subprocess.run(["/usr/bin/python3", "-c", "import aiohttp, psycopg"], capture_output=True, check=False).returncode != 0:
        return "no python3-aiohttp and python3-psycopg here (tools/install-packages lab)"
    return ""


def need_lab():
    """Skips the test case, or fails it where MUSTER_TEST_REQUIRE says that a lab must be possible."""
    missing = what_is_missing()
    if not missing:
        return
    if "lab" in os.environ.get("MUSTER_TEST_REQUIRE", "").split(","):
        raise AssertionError(f"MUSTER_TEST_REQUIRE has lab, and {missing}")
    raise unittest.SkipTest(missing)


def main():
    """Like unittest.main; ends with 77 when nothing but skips came of it."""
    result = unittest.main(exit=False, verbosity=2).result
    if result.wasSuccessful() and result.skipped and len(result.skipped) >= result.testsRun:
        for _, reason in result.skipped[:1]:
            print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    sys.exit(0 if result.wasSuccessful() else 1)


def run(*words, check=True, timeout=120, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=timeout, stdin=subprocess.DEVNULL, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Lab:
    """One lab by a name of its own; `down` never fails to be called: register it as a cleanup before `up`."""

    def __init__(self, tag=""):
        self.name = f"t{os.getpid()}{tag}"
        self.full = f"muster-lab-{self.name}"
        self.state = pathlib.Path("/var/lib", self.full)
        self.watched = False

    def up(self):
        if not self.watched:
            stage.clean_up_whatever_happens(self.down)
            self.watched = True
        return run(LAB, "up", self.name)

    def down(self):
        return run(LAB, "down", self.name)

    def status(self):
        return run(LAB, "status", self.name, check=False)

    def script(self, word, *words):
        return run(SOURCE / "lab" / word, self.name, *words)

    def inside(self, place, *words, **more):
        """With the namespace's own resolver, as people in that place have it."""
        return run("ip", "netns", "exec", f"{self.full}-{place}", *words, **more)

    def get(self, url, *more):
        done = self.inside("world", "curl", "-s", "-m", "3", "-w", "\n%{http_code}", *more, url, check=False)
        body, _, code = done.stdout.rpartition("\n")
        return int(code or 0), body

    def sql(self, query, host="db.lab", user="app", database="lab", check=True):
        return self.inside("world", "psql", f"host={host} dbname={database} user={user} connect_timeout=3", "-XAtqc", query, check=check).stdout.strip()

    def processes(self):
        """Their ids, by place."""
        return {place: sorted(run("ip", "netns", "pids", f"{self.full}-{place}", check=False).stdout.split()) for place in PLACES}

    def traces(self):
        """What there is of this lab anywhere on the machine."""
        found = [line for line in run("ip", "netns", "list").stdout.splitlines() if self.full in line]
        found += [line for line in pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines() if self.full in line]
        for folder in ("/etc/netns", "/var/lib", "/run/netns", "/tmp"):
            found += [str(path) for path in pathlib.Path(folder).glob(f"*{self.full}*")]
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if self.full in line:
                found.append(f"process {entry.name}: {line}")
        return found


def wait_until(true, seconds, what):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


def seeded():
    seed = int(os.environ.get("MUSTER_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"seed {seed} (MUSTER_TEST_SEED repeats it)", flush=True)
    return random.Random(seed)
