"""A small world of a test's own to break: two network namespaces, processes, a disk; and what the kernel says of it."""

import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

MUSTER = os.environ["MUSTER_BINARY"]
PATIENCE = 60

SCENARIO = """
muster: 1
title: A small world
regions: [here, there]
roles: {engineer: {count: 2}}
services:
  app: {region: here, objective: {rto: 1m, rpo: 1m}, data: {size: 1 MB, copies: [{replica: {region: there, lag: 1s}}]}}
outages:
  broken: {strikes: [{services: [app]}], plan: mend, lasts: 1h}
plans:
  mend:
    commits-at: work
    steps:
      work: {takes: {pert: [100ms, 500ms, 2s]}, by: {engineer: 1}}
      verify: {after: [work], takes: {pert: [10ms, 300ms, 2s]}, recovers: [app]}
"""


def run(*words, check=True, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=PATIENCE, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def what_is_missing():
    if os.geteuid() != 0:
        return "not root, and network namespaces need it"
    for program in ("ip", "tc", "nft", "unshare"):
        if shutil.which(program) is None:
            return f"no {program} here"
    if run("unshare", "--net", "true", check=False).returncode != 0:
        return "no network namespaces can be made here"
    return ""


def seed_or_skip():
    """For tests that are a program: ends it where the machine lacks something, else says by which seed it is repeated."""
    missing = what_is_missing()
    if missing:
        print(f"skipped: {missing}")
        sys.exit(1 if "lab" in os.environ.get("MUSTER_TEST_REQUIRE", "").split(",") else 77)
    seed = int(os.environ.get("MUSTER_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    return seed


def clean_up_whatever_happens(clean):
    """Somebody outlives this process, whoever kills it and all its children, and cleans up when it has ended. Nobody's child, so that it
    is not killed with them, and without their output, for whose end others wait."""
    watched = os.pidfd_open(os.getpid())
    child = os.fork()
    if child != 0:
        os.waitpid(child, 0)
        os.close(watched)
        return
    os.setsid()
    if os.fork() == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for file in range(3):
            os.dup2(nothing, file)
        select.select([watched], [], [])
        try:
            clean()
        except Exception:  # there is nobody to tell
            pass
    os._exit(0)


def eventually(what, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.01)
    return bool(what())


class Stage:
    """Vanishes with close(), whatever state it is in."""

    def __init__(self):
        self.name = f"mst{os.getpid()}{random.randrange(1000)}"
        self.near, self.far = f"{self.name}-near", f"{self.name}-far"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-stage-"))
        self.state, self.runs, self.disk = self.folder / "state", self.folder / "run", self.folder / "disk"
        self.started = []
        clean_up_whatever_happens(self.close)
        for netns in (self.near, self.far):
            run("ip", "netns", "add", netns)
            run("ip", "-n", netns, "link", "set", "lo", "up")
            self.opt_in(netns)
        run("ip", "-n", self.near, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.far)
        for netns, address in ((self.near, "10.99.0.1/24"), (self.far, "10.99.0.2/24")):
            run("ip", "-n", netns, "address", "add", address, "dev", "eth0")
            run("ip", "-n", netns, "link", "set", "eth0", "up")
        self.disk.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=24m", "none", self.disk)
        (self.folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
        for name in ("stopped", "frozen"):
            self.script(f"start-{name}", f"exec -a {self.name}-{name} sleep 900")
            self.start(name)
        self.script("start-killed", f"setsid -f bash -c '{self.noting('killed')}; exec -a {self.name}-killed sleep 900' </dev/null >/dev/null 2>&1")
        run("ip", "netns", "exec", self.near, self.folder / "start-killed")
        assert eventually(lambda: (self.folder / "killed.pid").exists())

    def opt_in(self, netns, environment="staging", allows="process, freeze, partition, region-dark, bandwidth, delay, cpu, memory, disk, command, endpoint-outage, dns, proxy"):
        folder = pathlib.Path("/etc/netns") / netns / "muster"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "target.yaml").write_text(f"environment: {environment}\nallows: [{allows}]\n", encoding="utf-8")

    def script(self, name, body):
        path = self.folder / name
        path.write_text("#!/bin/bash\n" + body + "\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def start(self, name):
        """Nobody's child: what Muster was started by is never a match."""
        run("ip", "netns", "exec", self.near, "setsid", "-f", "bash", "-c", f"{self.noting(name)}; exec {self.folder}/start-{name} </dev/null >/dev/null 2>&1")
        assert eventually(lambda: (self.folder / f"{name}.pid").exists())

    def noting(self, name):
        """In a shell: its number in place of the one before, never half of it."""
        return f"echo $$ > {self.folder}/{name}.new && mv {self.folder}/{name}.new {self.folder}/{name}.pid"

    def pid(self, name):
        return int((self.folder / f"{name}.pid").read_text(encoding="ascii"))

    def environment(self):
        return {**os.environ, "MUSTER_STATE_DIR": str(self.state), "MUSTER_RUN_DIR": str(self.runs), "NO_COLOR": "1"}

    def muster(self, *words, check=True):
        return run(MUSTER, *words, check=check, env=self.environment(), cwd=self.folder)

    def begin(self, name, *words, **more):
        """An exercise under way, in a session of its own."""
        out = open(self.folder / "said", "w+", encoding="utf-8")
        more.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen([MUSTER, "exercise", "run", name, *words], stdout=out, stderr=subprocess.STDOUT, env=self.environment(), cwd=self.folder, start_new_session=True, **more)
        out.close()
        self.started.append(process)
        return process

    def said(self):
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")

    def kept(self):
        """What the keeper has told of the one exercise that is under way or was left, as it is in its file."""
        lines = []
        for file in sorted((self.state / "undo").glob("*/keeper.jsonl")):
            try:
                text = file.read_text(encoding="utf-8", errors="replace")
            except FileNotFoundError:
                continue
            lines += [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        return lines

    def happenings(self):
        ledger = sqlite3.connect(f"file:{self.state}/ledger.sqlite?mode=ro", uri=True)
        rows = ledger.execute("select exercise, body from rows order by number").fetchall()
        ledger.close()
        last = rows[-1][0]
        return [{"change": "intended" if json.loads(body).get("happened") == "fault" else "ready", **json.loads(body)} for exercise, body in rows if exercise == last]

    def processes(self):
        """Of Muster's that serve this stage: pid and words."""
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                name = (entry / "comm").read_text(encoding="utf-8").strip()
                state = re.search(r"^State:\s+(\S)", (entry / "status").read_text(encoding="utf-8"), re.M).group(1)
            except OSError:
                continue
            if state != "Z" and any(str(self.folder) in word for word in words) and (words[0] == "muster" or words[0].endswith("/muster") or name in ("muster-pressure", "muster-serving")):
                found[int(entry.name)] = words
        return found

    def keeper(self):
        for pid, words in self.processes().items():
            if words[1:3] == ["keeper", "keep"]:
                return pid
        return None

    def traces(self):
        """What a fault could have left, asked of the kernel's own tools."""
        found = []
        for netns in (self.near, self.far):
            found += [f"{netns}: {line}" for line in run("ip", "netns", "exec", netns, "nft", "list", "ruleset").stdout.splitlines()]
            found += [f"{netns}: {line}" for line in run("tc", "-n", netns, "qdisc", "show").stdout.splitlines()]
        # Of real exercises, whose ids are of a time: other tests make groups of their own at the same time.
        found += [str(path) for path in pathlib.Path("/sys/fs/cgroup").rglob("muster_20??-??-??T*")]
        found += [line for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines() if str(self.folder) in line or self.name in line]
        found += [line for line in run("ip", "netns", "list").stdout.splitlines() if self.name in line]
        for name in ("stopped", "frozen", "killed"):
            status = pathlib.Path(f"/proc/{self.pid(name)}/status")
            state = re.search(r"^State:\s+(\S)", status.read_text(encoding="utf-8"), re.M).group(1) if status.exists() else "gone"
            groups = pathlib.Path(f"/proc/{self.pid(name)}/cgroup").read_text(encoding="utf-8") if status.exists() else ""
            found.append(f"{name}: {'runs' if state in 'RSD' else state} {groups}")
        disk = os.statvfs(self.disk)
        found.append(f"disk: {disk.f_blocks - disk.f_bfree} blocks in use")
        found.append(f"made: {(self.folder / 'made').exists()}")
        return found

    def flows(self):
        """Whether the two still speak: nobody listens there, but somebody says so."""
        done = run("ip", "netns", "exec", self.far, "timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/10.99.0.1/9", check=False)
        return "refused" in done.stderr

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()  # of another's child it knows nothing
        for pid in list(self.processes()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            run(MUSTER, "exercise", "recover", check=False, env=self.environment())
        finally:
            for name in ("stopped", "frozen", "killed"):
                try:
                    os.kill(self.pid(name), signal.SIGKILL)
                except (ProcessLookupError, FileNotFoundError, ValueError):
                    pass
            for place in (self.disk, self.state):
                run("umount", "-l", place, check=False)
            for netns in (self.near, self.far):
                run("ip", "netns", "del", netns, check=False)
                shutil.rmtree(f"/etc/netns/{netns}", ignore_errors=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- exercises

    def targets(self):
        return [f"  near: {{local: {{netns: {self.near}}}, region: here, addresses: [10.99.0.1/32]}}", f"  far: {{local: {{netns: {self.far}}}, region: there, addresses: [10.99.0.2/32]}}"]

    def write(self, name, faults, steps=None, **more):
        """An exercise file; `faults` and `steps` are lines of YAML."""
        steps = steps or ["work: {run: [sleep, '0.4'], undo: [touch, work-undone]}", "verify: {until: answers, deadline: 20s}"]
        text = [
            "muster-exercise: 1", f"title: {name}", "scenario: scenario.yaml", "outage: broken", f"kind: {more.get('kind', 'full-scale')}",
            f"environment: {more.get('environment', 'staging')}", f"limit: {more.get('limit', '30s')}",
            "targets:", *self.targets(),
            "services: {app: {up: answers}}",
            "probes:", "  answers: {command: [test, '!', -e, made], every: 100ms, timeout: 1s}",
            *[f"  {line}" for line in more.get("probes", [])],
            f"steady-state: {more.get('steady', '[answers]')}",
            "recovered-when: {service: app, all: [answers], for: 100ms}" if more.get("recovers") else "",
            *more.get("lines", []),
        ]
        text += ["faults:", *[f"  {line}" for line in faults]] if faults else []
        text += ["steps:", *[f"  {line}" for line in steps]]
        (self.folder / name).write_text("\n".join(text) + "\n", encoding="utf-8")

    def edge_faults(self, after):
        """Of each kind that serves in the path."""
        return [
            f"outside: {{on: near, after: {after}ms, endpoint-outage: {{hosts: [dead.example], how: reset}}}}",
            f"names: {{on: near, after: {after + 50}ms, dns: {{names: [dead.example], answer: servfail}}}}",
            f"way: {{on: near, after: {after + 100}ms, proxy: {{upstream: '10.99.0.2:9', toxics: [timeout]}}}}",
        ]

    def every_fault(self):
        """One of each kind that needs no netem; the last to begin takes its time at every turn and logs it."""
        log = self.folder / "log"
        self.script("slow", f'echo "$1 $(awk "{{print \\$1}}" /proc/uptime)" >> {log}\nsleep 0.15\ncase $1 in do) touch made2 ;; undo) rm -f made2 ;; check) test -e made2; exit $? ;; esac')
        return [
            "cut: {on: near, partition: {from: far}}",
            "dark: {after: 50ms, region-dark: {region: there, from: all}}",
            "stop: {on: near, after: 100ms, process: {match: %s-stopped, signal: stop}}" % self.name,
            "kill: {on: near, after: 150ms, process: {pid-file: killed.pid, signal: kill, restart: [./start-killed]}}",
            "ice: {on: near, after: 200ms, freeze: {match: %s-frozen}}" % self.name,
            "slow-link: {on: near, after: 250ms, bandwidth: {dev: eth0, rate: 1 MB/s}}",
            "busy: {on: near, after: 300ms, cpu: {load: 5%}}",
            "memory: {on: near, after: 350ms, memory: {fill: 8 MB}}",
            "disk: {on: near, after: 400ms, disk: {path: %s, fill: 50%%}}" % self.disk,
            *self.edge_faults(450),
            "hook: {on: near, after: 600ms, command: {do: [./slow, do], undo: [./slow, undo], check: [./slow, check]}}",
        ]
