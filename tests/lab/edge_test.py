"""A dead region and names that resolve wrongly, by the real program, on a cloud in miniature of the test's own (lab/cloud).

The oracles are others' clients: curl, an AWS SDK (botocore), dig and unbound, and what the kernel's own tools show of rules, listeners and
processes. DynamoDB's names in us-east-1 fail, those of us-west-2 and all others do not; whatever dies, nothing is left.
"""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import labs

BINARY = os.environ["MUSTER_BINARY"]
EAST, WEST = "dynamodb.us-east-1.amazonaws.com", "dynamodb.us-west-2.amazonaws.com"

# A client as applications have it: what it says is its answer, or the kind of its failure after all its retries.
SDK = """
import sys, botocore.session, botocore.config
session = botocore.session.get_session()
session.set_credentials("AKIAEXAMPLE", "none")
config = botocore.config.Config(retries={"total_max_attempts": 2, "mode": "standard"}, connect_timeout=2, read_timeout=1, **PROXIES)
for region in sys.argv[2:]:
    client = session.create_client("dynamodb", region_name=region, verify=sys.argv[1], config=config)
    try:
        print(client.list_tables()["TableNames"][0])
    except Exception as error:
        print(type(error).__name__)
"""


def what_is_missing():
    if os.geteuid() != 0:
        return "not root, and network namespaces need it"
    for program in ("ip", "nft", "dnsmasq", "nsenter", "curl", "openssl", "dig", "unbound"):
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None:
            return f"no {program} here (tools/install-packages test lab)"
    if subprocess.run(["/usr/bin/python3", "-c", "import botocore"], capture_output=True, check=False).returncode != 0:
        return "no python3-botocore here (tools/install-packages test)"
    return "" if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0 else "no network namespaces can be made here"


class Edge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        missing = what_is_missing()
        if missing and "lab" in os.environ.get("MUSTER_TEST_REQUIRE", "").split(","):
            raise AssertionError(f"MUSTER_TEST_REQUIRE has lab, and {missing}")
        if missing:
            raise unittest.SkipTest(missing)
        cls.name = f"e{os.getpid()}"
        cls.full = f"muster-cloud-{cls.name}"
        cls.app, cls.world, cls.cloud = f"{cls.full}-app", f"{cls.full}-world", pathlib.Path("/var/lib", cls.full)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-edge-"))
        labs.stage.clean_up_whatever_happens(cls.take_away)
        cls.addClassCleanup(cls.take_away)
        labs.run(labs.SOURCE / "lab/cloud", "up", cls.name)
        cls.environment = {**os.environ, "MUSTER_RUN_DIR": f"{cls.folder}/run", "MUSTER_STATE_DIR": f"{cls.folder}/state", "NO_COLOR": "1"}
        for file in ("dynamodb-dark.yaml", "exercises/dynamodb-dark.yaml"):
            text = (labs.SOURCE / "scenarios" / file).read_text(encoding="utf-8").replace("muster-cloud-demo", cls.full).replace("../../lab/", f"{labs.SOURCE}/lab/")
            target = cls.folder / "scenarios" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    @classmethod
    def take_away(cls):
        for pid in cls.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        labs.run(labs.SOURCE / "lab/cloud", "down", cls.name, check=False)
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def processes(cls, comm=None):
        """Of Muster's that serve this test."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                name = (entry / "comm").read_text(encoding="utf-8").strip()
                state = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
            except OSError:
                continue
            mine = any(str(cls.folder) in word for word in words) and pathlib.Path(words[0]).name == "muster"
            if state != "Z" and mine and (comm is None or name == comm):
                found.append(int(entry.name))
        return sorted(found)

    def setUp(self):
        (self.cloud / "region").write_text("us-east-1\n", encoding="ascii")
        labs.wait_until(lambda: not self.processes() and not any("muster_" in line for line in self.traces()), 20, "what the test before has left")
        self.before = self.traces()

    def inside(self, *words, **more):
        return labs.run("ip", "netns", "exec", self.app, *words, **more)

    def traces(self):
        """What a fault could have left, asked of the kernel's own tools."""
        found = labs.run("nft", "list", "tables").stdout.splitlines()
        for netns in (self.app, self.world):
            found += [f"{netns}: {line}" for line in self.in_netns(netns, "nft", "list", "ruleset").stdout.splitlines()]
            found += [f"{netns}: {line.split()[3]}" for line in self.in_netns(netns, "ss", "-Hltn").stdout.splitlines()]
            found += [f"{netns}: udp {line.split()[3]}" for line in self.in_netns(netns, "ss", "-Hlun").stdout.splitlines()]
        return found

    def in_netns(self, netns, *words):
        return labs.run("nsenter", f"--net=/run/netns/{netns}", *words)

    def curl(self, url, *more, seconds="3"):
        """HTTP status and curl's own exit status."""
        done = self.inside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", seconds, "--cacert", self.cloud / "ca.pem", *more, url, check=False)
        return int(done.stdout.strip() or 0), done.returncode

    def sdk(self, *regions, proxy=None):
        script = SDK.replace("**PROXIES", f"proxies={{'https': 'http://{proxy}'}}" if proxy else "")
        done = self.inside("/usr/bin/python3", "-c", script, self.cloud / "ca.pem", *regions)
        return done.stdout.split()

    # ---- exercises of one fault

    def begin(self, *faults, lasts="40s"):
        """An exercise under way that holds these faults; its process."""
        text = f"""
muster-exercise: 1
scenario: scenarios/dynamodb-dark.yaml
outage: dynamodb-dark
kind: full-scale
environment: staging
limit: {lasts}
targets: {{workload: {{local: {{netns: {self.app}}}, region: us-east-1, addresses: [10.79.0.1]}}}}
probes: {{always: {{command: ['true'], every: 1s}}}}
services: {{table: {{up: always}}}}
steady-state: [always]
faults: {{{', '.join(f'f{i}: {{on: workload, {fault}}}' for i, fault in enumerate(faults))}}}
steps:
  detect: {{run: [sleep, '60'], timeout: 70s}}
  decide: {{run: ['true']}}
  turn-region: {{run: ['true']}}
  verify: {{run: ['true']}}
"""
        (self.folder / "x.yaml").write_text(text, encoding="utf-8")
        # A state folder of its own: what another test's has left is not this one's.
        self.state = tempfile.mkdtemp(prefix="state-", dir=self.folder)
        self.said = open(self.folder / "said", "w+", encoding="utf-8")
        self.addCleanup(self.said.close)
        process = subprocess.Popen([BINARY, "exercise", "run", "x.yaml", "--yes"], stdin=subprocess.DEVNULL, stdout=self.said, stderr=subprocess.STDOUT, env={**self.environment, "MUSTER_STATE_DIR": self.state}, cwd=self.folder, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        labs.wait_until(lambda: process.poll() is not None or sum(each.get("change") == "in-effect" for each in self.kept()) == len(faults), 20, "the faults")
        self.assertIsNone(process.poll(), self.text_said())
        return process

    def text_said(self):
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")

    def kept(self):
        lines = []
        for file in pathlib.Path(self.state, "undo").glob("*/keeper.jsonl"):
            try:
                lines += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
            except FileNotFoundError:
                continue
        return lines

    def end(self, process):
        os.kill(process.pid, signal.SIGINT)
        self.assertEqual(5, process.wait(timeout=20), self.text_said())
        self.nothing_is_left()

    def nothing_is_left(self, seconds=10):
        """Neither rules nor listeners nor processes, and the names of both regions answer."""
        end = time.monotonic() + seconds
        while (self.traces() != self.before or self.processes()) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.before, self.traces())
        self.assertEqual([], self.processes())
        self.assertEqual((200, 0), self.curl(f"https://{EAST}/"))
        self.assertEqual((200, 0), self.curl("https://status.example/"))

    # ---- the shipped exercise

    def test_the_shipped_exercise_recovers_in_the_other_region_and_puts_everything_back(self):
        dry = labs.run(BINARY, "exercise", "run", "exercises/dynamodb-dark.yaml", "--dry-run", env=self.environment, cwd=self.folder / "scenarios").stdout
        for words in ("aws us-east-1 dynamodb", "reset", "nft delete table inet muster_", "pkill -x muster-serving"):
            self.assertIn(words, dry)
        self.assertEqual(self.before, self.traces(), "a dry run touches nothing")
        done = labs.run(BINARY, "exercise", "run", "exercises/dynamodb-dark.yaml", "--yes", env=self.environment, cwd=self.folder / "scenarios", check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.nothing_is_left()
        ledger = sqlite3.connect(f"file:{self.folder}/state/ledger.sqlite?mode=ro", uri=True)
        told = [json.loads(body) for body, in ledger.execute("select body from rows order by number")]
        ledger.close()
        ended = [each for each in told if each["happened"] == "run-ended"][-1]
        self.assertTrue(ended["restored"], ended)
        undone, = [each for each in told if each.get("fault") == "dynamodb-is-dark" and each.get("change") == "undone"]
        self.assertRegex(undone["proof"], r"[1-9]\d* connections? met it, [1-9]\d* passed")
        report = json.loads(labs.run(BINARY, "exercise", "report", "last", "--json", env=self.environment, cwd=self.folder).stdout)
        self.assertIn("rta", json.dumps(report))

    # ---- endpoints

    def test_a_dead_service_is_dead_by_all_its_names_and_nothing_else_is(self):
        process = self.begin("endpoint-outage: {aws: {region: us-east-1, services: [dynamodb]}, how: reset}")
        self.assertEqual(["ConnectionClosedError", "us-west-2"], self.sdk("us-east-1", "us-west-2"))
        for name in (EAST, "123456789012.ddb.us-east-1.amazonaws.com", "dynamodb.us-east-1.api.aws"):
            self.assertEqual((0, 35), self.curl(f"https://{name}/"), name)
        self.assertEqual((200, 0), self.curl(f"https://{WEST}/"))
        self.assertEqual((200, 0), self.curl("https://status.example/"))
        self.assertEqual((200, 0), self.curl("https://10.79.3.1/", "-k"), "what names no host passes")
        self.end(process)

    def test_ways_to_fail(self):
        process = self.begin(f"endpoint-outage: {{hosts: [{EAST}], how: hang}}", f"endpoint-outage: {{hosts: [plain.example], how: http-503, shape: throttling, ports: [80]}}")
        began = time.monotonic()
        self.assertEqual((0, 28), self.curl(f"https://{EAST}/", seconds="1"))
        self.assertGreater(time.monotonic() - began, 0.9)
        said = self.inside("curl", "-s", "-i", "-m", "3", "-H", "Host: plain.example", "-H", "X-Amz-Target: DynamoDB_20120810.PutItem", "http://10.79.0.2/").stdout
        self.assertIn("ProvisionedThroughputExceededException", said)
        self.assertEqual((429, 0), self.curl("http://10.79.0.2/", "-H", "Host: plain.example"))
        self.assertEqual((200, 0), self.curl("http://10.79.0.2/", "-H", "Host: other.example"))
        self.end(process)
        process = self.begin(f"endpoint-outage: {{hosts: ['{EAST}'], slow: 400ms}}")
        began = time.monotonic()
        self.assertEqual((200, 0), self.curl(f"https://{EAST}/"))
        self.assertGreater(time.monotonic() - began, 0.8, "two answers of the server, each so late")
        began = time.monotonic()
        self.assertEqual((200, 0), self.curl(f"https://{WEST}/"))
        self.assertLess(time.monotonic() - began, 0.4)
        self.end(process)

    def test_proxy_settings(self):
        process = self.begin(f"endpoint-outage: {{hosts: [{EAST}], how: http-503, listen: '127.0.0.1:3128', ports: []}}")
        proxy = ("-x", "http://127.0.0.1:3128")
        self.assertEqual((200, 0), self.curl(f"https://{EAST}/"), "who has no proxy settings is not struck")
        self.assertEqual((0, 56), self.curl(f"https://{EAST}/", *proxy))
        self.assertEqual((200, 0), self.curl(f"https://{WEST}/", *proxy))
        self.assertEqual((200, 0), self.curl("http://10.79.0.2/", *proxy))
        self.assertEqual(["us-west-2"], self.sdk("us-west-2", proxy="127.0.0.1:3128"))
        self.assertNotEqual(["us-east-1"], self.sdk("us-east-1", proxy="127.0.0.1:3128"))
        self.end(process)

    def open_connection(self, address):
        """One that waits, on a socket of its own, in the workload's network: its process, which says what became of it."""
        script = ("import socket, sys\ns = socket.create_connection((sys.argv[1], 80), 5)\nprint('open', flush=True)\nsys.stdin.readline()\n"
                  "try:\n    s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')\n    print(s.recv(12).decode())\nexcept OSError as error:\n    print(type(error).__name__)\n")
        process = subprocess.Popen(["ip", "netns", "exec", self.app, "/usr/bin/python3", "-c", script, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertEqual("open\n", process.stdout.readline())
        return process

    def test_connections_from_before_are_cut_or_kept(self):
        for existing, expected in (("cut", "ConnectionResetError"), ("kept", "HTTP/1.1")):
            waiting = self.open_connection("10.79.0.2")
            process = self.begin(f"endpoint-outage: {{hosts: [dead.example], existing: {existing}}}")
            waiting.stdin.write("\n")
            waiting.stdin.flush()
            self.assertIn(expected[:8], waiting.stdout.readline(), existing)
            self.end(process)

    # ---- names

    def dig(self, name, *more, server="10.79.0.53"):
        done = self.inside("dig", f"@{server}", "+tries=1", "+time=1", name, *more, check=False)
        return done.stdout

    def test_names_fail_and_all_others_pass_as_they_are(self):
        plain = self.dig("status.example", "+noall", "+answer", "+comments", "+dnssec", "+qid=77")
        process = self.begin("dns: {names: [.us-east-1.amazonaws.com], answer: servfail}")
        for transport in ("+notcp", "+tcp"):
            self.assertIn("status: SERVFAIL", self.dig(EAST, transport))
            self.assertIn("10.79.2.1", self.dig(WEST, transport, "+short"))
        self.assertEqual(plain, self.dig("status.example", "+noall", "+answer", "+comments", "+dnssec", "+qid=77"))
        self.assertEqual((0, 6), self.curl(f"https://{EAST}/"))
        self.assertEqual(["EndpointConnectionError", "us-west-2"], self.sdk("us-east-1", "us-west-2"))
        self.end(process)
        for answer, expected in (("nxdomain", "status: NXDOMAIN"), ("10.79.3.1", "10.79.3.1"), ("hang", "timed out")):
            process = self.begin(f"dns: {{names: [{EAST}], answer: {answer}}}")
            self.assertIn(expected, self.dig(EAST))
            self.assertIn("10.79.2.1", self.dig(WEST))
            self.end(process)

    def test_a_caching_resolver_believes_it_and_forgets_it(self):
        """unbound, in the workload's network, forwards to the server that is diverted."""
        (self.folder / "unbound.conf").write_text(f"""
server: {{interface: 127.0.0.1@5353
 do-daemonize: no
 use-syslog: no
 chroot: ""
 username: ""
 directory: "{self.folder}"
 pidfile: ""
 do-not-query-localhost: no
 module-config: "iterator"
}}
forward-zone:
 name: "."
 forward-addr: 10.79.0.53
""".replace("{", "").replace("}", ""), encoding="utf-8")
        unbound = subprocess.Popen(["ip", "netns", "exec", self.app, "unbound", "-d", "-c", self.folder / "unbound.conf"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(unbound.wait)
        self.addCleanup(unbound.kill)
        asked = lambda name: self.dig(name, "-p", "5353", server="127.0.0.1")
        labs.wait_until(lambda: "10.79.3.1" in asked("status.example"), 10, "unbound")
        self.before = self.traces()
        process = self.begin(f"dns: {{names: [{EAST}], answer: nxdomain}}")
        self.assertIn("status: NXDOMAIN", asked(EAST))
        self.assertIn("10.79.2.1", asked(WEST))
        self.end(process)
        self.assertIn("10.79.1.1", asked(EAST), "what was false is remembered by nobody")

    # ---- whatever dies

    def test_whatever_dies_nothing_is_left(self):
        faults = ("endpoint-outage: {aws: {region: us-east-1}, how: hang}", "dns: {names: [dead.example], answer: servfail}")
        process = self.begin(*faults)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.nothing_is_left()

        process = self.begin(*faults)
        os.kill(self.keeper(process), signal.SIGKILL)
        process.wait(timeout=30)
        self.nothing_is_left()

        # Runner and keeper, at once: the lease of what serves runs out, and it takes all with it.
        process = self.begin(*faults)
        keeper = self.keeper(process)
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(keeper, signal.SIGKILL)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.nothing_is_left(seconds=14)
        self.assertEqual(0, labs.run(BINARY, "exercise", "recover", env={**self.environment, "MUSTER_STATE_DIR": self.state}, check=False).returncode)

        # What serves alone: the kernel ends what leads to it, nobody is led into nothing for long, and the record says so.
        process = self.begin(faults[0])
        os.kill(self.processes("muster-serving")[0], signal.SIGKILL)
        labs.wait_until(lambda: self.curl(f"https://{EAST}/", seconds="1") == (200, 0), 4, "the kernel's lease")
        labs.wait_until(lambda: any(each.get("change") == "vanished" for each in self.kept()), 5, "somebody to see it")
        self.end(process)

    def keeper(self, process):
        """The one of that runner: other processes of Muster's have the keeper's words too."""
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        for pid in children:
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            if words[1:3] == ["keeper", "keep"]:
                return int(pid)
        raise AssertionError(f"no keeper among {children}")


if __name__ == "__main__":
    labs.main()
