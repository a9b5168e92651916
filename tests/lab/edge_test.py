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

# A name server whose answer for all names is a file's; by UDP, those of big.lab do not fit.
NAMES = """
import pathlib, socket, sys, threading
file = pathlib.Path(sys.argv[1])
def answer(asked, over_udp):
    end = asked.index(b"\\0", 12) + 5
    fits = not over_udp or b"\\3big" not in asked
    head = asked[:2] + (b"\\x81\\x80" if fits else b"\\x83\\x80") + b"\\0\\1" + (b"\\0\\1" if fits else b"\\0\\0") + bytes(4)
    return head + asked[12:end] + (b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\1\\0\\4" + socket.inet_aton(file.read_text()) if fits else b"")
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("10.79.0.2", 53))
streams = socket.create_server(("10.79.0.2", 53))
def by_tcp():
    while True:
        with streams.accept()[0] as client:
            client.settimeout(5)
            said = answer(client.recv(2000)[2:], False)
            client.sendall(len(said).to_bytes(2, "big") + said)
threading.Thread(target=by_tcp, daemon=True).start()
print("ready", flush=True)
while True:
    asked, client = datagrams.recvfrom(2000)
    datagrams.sendto(answer(asked, True), client)
"""

# A TLS server, at an address of IPv6, and one that sends datagrams back.
OTHERS = """
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
streams = socket.create_server(("fd79::2", 443), family=socket.AF_INET6)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("10.79.0.2", 443))
def echo():
    while True:
        datagrams.sendto(*datagrams.recvfrom(2000))
threading.Thread(target=echo, daemon=True).start()
print("ready", flush=True)
while True:
    client = streams.accept()[0]
    client.settimeout(5)
    try:
        with context.wrap_socket(client, server_side=True) as tls:
            tls.recv(4096)
            tls.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
    except OSError:
        client.close()
"""

# What is said, in bytes, to a hello whose name may be a cover: an encrypted one (draft-ietf-tls-esni) that hides another beside it.
HIDDEN = """
import socket, ssl, sys
inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
try: context.wrap_bio(inward, outward, server_hostname="status.example").do_handshake()
except ssl.SSLWantReadError: pass
hello = bytearray(outward.read())
hello += b"\\xfe\\x0d\\0\\x08" + bytes(8)
at = 43 + 1 + hello[43]
at += 2 + int.from_bytes(hello[at:at + 2], "big")
at += 1 + hello[at]
for place, size in ((3, 2), (6, 3), (at, 2)):
    hello[place:place + size] = (int.from_bytes(hello[place:place + size], "big") + 12).to_bytes(size, "big")
with socket.create_connection(("10.79.3.1", 443), 5) as s:
    s.sendall(hello)
    try: print(s.recv(1)[0])
    except OSError as error: print(type(error).__name__)
"""

# How many of so many requests to a host get which status.
STATUSES = """
import collections, http.client, sys
seen = collections.Counter()
for _ in range(int(sys.argv[1])):
    c = http.client.HTTPConnection("10.79.0.2", timeout=5)
    c.request("GET", "/", headers={"Host": sys.argv[2]})
    seen[c.getresponse().status] += 1
    c.close()
print(seen[200], seen[503])
"""

DATAGRAM = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.connect(("10.79.0.2", 443))
try:
    s.send(b"hello")
    print(s.recv(100).decode())
except OSError as error:
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

    def in_the_world(self, script, *words):
        """A server of the test's own there; what a fault leaves is told from it."""
        process = subprocess.Popen(["ip", "netns", "exec", self.world, "/usr/bin/python3", "-c", script, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual("ready\n", process.stdout.readline())
        self.before = self.traces()

    def others(self):
        """IPv6 between the two, for the rest of the tests too, and servers that the cloud has not."""
        for netns, address in ((self.app, "fd79::1/64"), (self.world, "fd79::2/64")):
            labs.run("ip", "-n", netns, "address", "replace", address, "dev", "eth0", "nodad")
        self.in_the_world(OTHERS, str(self.cloud / "us-east-1.pem"))

    def said_by(self, script, *words):
        return self.inside("/usr/bin/python3", "-c", script, *words).stdout.strip()

    def test_endpoints_are_dead_by_ipv6_too(self):
        self.others()
        by_six = lambda name: self.curl(f"https://{name}/", "--resolve", f"{name}:443:[fd79::2]", "-k")  # noqa: E731
        self.assertEqual((200, 0), by_six(EAST))
        process = self.begin(f"endpoint-outage: {{hosts: [{EAST}], how: reset}}")
        self.assertEqual((0, 35), by_six(EAST))
        self.assertEqual((200, 0), by_six(WEST))
        self.end(process)
        self.assertEqual((200, 0), by_six(EAST))

    def test_datagrams_are_refused_so_that_clients_take_tcp(self):
        self.others()
        for quic, expected in (("refuse", "PermissionError"), ("pass", "hello")):
            self.assertEqual("hello", self.said_by(DATAGRAM))
            process = self.begin(f"endpoint-outage: {{hosts: [{EAST}], quic: {quic}}}")
            self.assertEqual(expected, self.said_by(DATAGRAM), quic)
            self.end(process)
        self.assertEqual("hello", self.said_by(DATAGRAM))

    def test_what_names_no_host_or_hides_it_fails_where_that_is_meant(self):
        self.assertEqual("22", self.said_by(HIDDEN), "a record of the handshake")
        process = self.begin("endpoint-outage: {hosts: [dead.example], how: reset, no-sni: fail}")
        self.assertEqual((0, 35), self.curl("https://10.79.3.1/", "-k"))
        self.assertEqual((200, 0), self.curl("https://status.example/"))
        self.assertEqual("22", self.said_by(HIDDEN))
        self.end(process)
        process = self.begin("endpoint-outage: {hosts: [dead.example], how: reset, ech: fail}")
        self.assertEqual("ConnectionResetError", self.said_by(HIDDEN))
        self.assertEqual((200, 0), self.curl("https://10.79.3.1/", "-k"))
        self.assertEqual((200, 0), self.curl("https://status.example/"))
        self.end(process)

    def test_a_share_of_connections_fails(self):
        process = self.begin("endpoint-outage: {hosts: [dead.example], how: http-503, share: 50%}")
        passed, struck = map(int, self.said_by(STATUSES, "60", "dead.example").split())
        self.assertEqual(60, passed + struck)
        self.assertTrue(12 <= struck <= 48, f"{struck} of 60, and half of them were to be: once in 300,000 runs it is so far off")
        self.assertEqual("20 0", self.said_by(STATUSES, "20", "other.example"))
        self.end(process)

    # ---- ways

    def test_a_bad_way_to_one_is_bad_and_others_are_not(self):
        process = self.begin("proxy: {upstream: 'status.example:443', toxics: [{latency: {latency: 400ms}}]}")
        began = time.monotonic()
        self.assertEqual((200, 0), self.curl("https://status.example/"))
        self.assertGreater(time.monotonic() - began, 0.8, "two answers of the server, each so late")
        began = time.monotonic()
        self.assertEqual((200, 0), self.curl(f"https://{WEST}/"))
        self.assertLess(time.monotonic() - began, 0.4)
        self.end(process)
        for toxic, code in (("reset_peer", 35), ("timeout", 28), ("{limit_data: {bytes: 10 B}}", 35)):
            process = self.begin(f"proxy: {{upstream: ['status.example:443', '10.79.0.2:80'], toxics: [{toxic}]}}")
            self.assertEqual((0, code), self.curl("https://status.example/", seconds="1"), toxic)
            self.assertNotEqual(0, self.curl("http://10.79.0.2/", seconds="1")[1], toxic)
            self.assertEqual((200, 0), self.curl(f"https://{WEST}/"))
            self.end(process)

    def test_connections_from_before_meet_it_or_do_not(self):
        for existing, expected in (("cut", "ConnectionResetError"), ("kept", "HTTP/1.1")):
            waiting = self.open_connection("10.79.0.2")
            process = self.begin(f"proxy: {{upstream: '10.79.0.2:80', toxics: [timeout], existing: {existing}}}")
            waiting.stdin.write("\n")
            waiting.stdin.flush()
            self.assertIn(expected[:8], waiting.stdout.readline(), existing)
            self.end(process)

    # ---- names

    def test_old_answers_stay_while_it_lasts(self):
        answer = self.folder / "answer"
        answer.write_text("10.0.0.1", encoding="ascii")
        self.in_the_world(NAMES, str(answer))
        asked = lambda name, *more: self.dig(name, "+short", *more, server="10.79.0.2").strip()  # noqa: E731
        process = self.begin("dns: {names: [moving.lab], answer: stale}")
        self.assertEqual("10.0.0.1", asked("moving.lab"))
        self.assertEqual("10.0.0.1", asked("moving.lab", "+tcp"))
        answer.write_text("10.0.0.2", encoding="ascii")
        for more in ("+notcp", "+tcp"):
            self.assertEqual("10.0.0.1", asked("moving.lab", more), more)
            self.assertEqual("10.0.0.2", asked("other.lab", more), more)
        self.end(process)
        self.assertEqual("10.0.0.2", asked("moving.lab"))

    def test_what_does_not_fit_a_datagram_comes_by_tcp(self):
        answer = self.folder / "answer"
        answer.write_text("10.0.0.1", encoding="ascii")
        self.in_the_world(NAMES, str(answer))
        for fault in ("{names: [dead.example], answer: servfail}", "{names: [big.lab], slow: 200ms}", "{names: [big.lab], answer: stale}"):
            process = self.begin(f"dns: {fault}")
            short = self.dig("big.lab", "+ignore", server="10.79.0.2")
            self.assertRegex(short, r"flags: qr tc", fault)
            self.assertNotIn("10.0.0.1", short, fault)
            self.assertEqual("10.0.0.1", self.dig("big.lab", "+short", server="10.79.0.2").strip().splitlines()[-1], fault)
            self.end(process)

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
        faults = ("endpoint-outage: {aws: {region: us-east-1}, how: hang}", "dns: {names: [dead.example], answer: servfail}",
                  "proxy: {upstream: 'status.example:443', toxics: [timeout]}")
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
