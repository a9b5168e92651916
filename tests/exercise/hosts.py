"""The small world with its two places as hosts of their own, each with an agent, and a runner on a third that reaches them by two links."""

import json
import os
import signal
import subprocess

from stage import MUSTER, Stage, eventually, run

PORT = 7443
ADDRESSES = {"near": "10.98.1.2", "far": "10.98.2.2"}


class Hosts(Stage):
    def __init__(self):
        super().__init__()
        self.runner = f"{self.name}-runner"
        self.agents = {}
        run("ip", "netns", "add", self.runner)
        run("ip", "-n", self.runner, "link", "set", "lo", "up")
        for number, (host, netns) in enumerate((("near", self.near), ("far", self.far)), 1):
            run("ip", "-n", self.runner, "link", "add", host, "type", "veth", "peer", "name", "eth1", "netns", netns)
            for where, device, address in ((self.runner, host, f"10.98.{number}.1/24"), (netns, "eth1", f"10.98.{number}.2/24")):
                run("ip", "-n", where, "address", "add", address, "dev", device)
                run("ip", "-n", where, "link", "set", device, "up")
            self.opt_in(netns)
        self.pki = self.folder / "pki"
        run(MUSTER, "agent", "pki", "init", "--folder", self.pki)
        made = run(MUSTER, "agent", "pki", "issue", "runner", "--folder", self.pki, "--days", "1").stdout
        self.fingerprint = next(line for line in made.splitlines() if line.startswith("sha256:"))
        for host, address in ADDRESSES.items():
            run(MUSTER, "agent", "pki", "issue", host, "--folder", self.pki, "--address", address, "--days", "1")
            own = self.pki / host
            (self.folder / f"{host}.yaml").write_text(
                f'listen: "{address}:{PORT}"\nnetns: {getattr(self, host)}\nrunners: ["{self.fingerprint}"]\n'
                f"certificate: {own}/certificate.pem\nkey: {own}/key.pem\nca: {own}/ca.pem\nrevoked: {own}/revoked.pem\n", encoding="utf-8")
            self.start_agent(host)

    def opt_in(self, netns, environment="staging", allows="process, freeze, partition, region-dark, bandwidth, delay, cpu, memory, disk, command, endpoint-outage, dns, proxy, run"):
        super().opt_in(netns, environment, allows)

    def host_environment(self, host):
        return {**os.environ, "MUSTER_STATE_DIR": str(self.folder / f"{host}-state"), "MUSTER_RUN_DIR": str(self.folder / f"{host}-run"), "NO_COLOR": "1"}

    def start_agent(self, host):
        out = open(self.folder / f"{host}.log", "a", encoding="utf-8")
        before = (self.folder / f"{host}.log").stat().st_size
        process = subprocess.Popen([MUSTER, "agent", "run", "--config", self.folder / f"{host}.yaml"], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   env=self.host_environment(host), cwd=self.folder, start_new_session=True)
        out.close()
        self.started.append(process)
        self.agents[host] = process
        said = lambda: (self.folder / f"{host}.log").read_bytes()[before:].decode()  # noqa: E731
        assert eventually(lambda: "listens at" in said() or process.poll() is not None, 20) and process.poll() is None, said()

    def on_host(self, host, *words, check=True):
        return run(MUSTER, *words, check=check, env=self.host_environment(host), cwd=self.folder)

    def environment(self):
        return {**super().environment(), "MUSTER_RUNNER_DIR": str(self.pki / "runner")}

    def by_runner(self, words):
        return ["nsenter", f"--net=/run/netns/{self.runner}", *words]

    def muster(self, *words, check=True):
        return run(*self.by_runner([MUSTER, *words]), check=check, env=self.environment(), cwd=self.folder)

    def begin(self, name, *words, **more):
        out = open(self.folder / "said", "w+", encoding="utf-8")
        process = subprocess.Popen(self.by_runner([MUSTER, "exercise", "run", name, *words]), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=self.environment(),
                                   cwd=self.folder, start_new_session=True, **more)
        out.close()
        self.started.append(process)
        return process

    def kept(self):
        """What the keepers of both hosts have told of the exercise that is under way."""
        lines = []
        for host in ADDRESSES:
            for file in sorted((self.folder / f"{host}-state" / "undo").glob("*/keeper.jsonl")):
                try:
                    text = file.read_text(encoding="utf-8", errors="replace")
                except FileNotFoundError:
                    continue
                lines += [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        return sorted(lines, key=lambda each: each["boot"])

    def keeper_of(self, host):
        for pid, words in self.processes().items():
            if words[1:3] == ["keeper", "keep"] and f"/{host}-state/" in words[3]:
                return pid
        return None

    def link(self, host, state):
        run("ip", "-n", self.runner, "link", "set", host, state)

    def ended(self):
        """The last of the exercise's rows that says how it ended."""
        return [each for each in self.happenings() if each["happened"] == "run-ended"][-1]

    def notes(self, kind):
        return [each["what"] for each in self.happenings() if each["happened"] == "note" and each.get("kind") == kind]

    def targets(self):
        return [f'  near: {{agent: "{ADDRESSES["near"]}:{PORT}", region: here, addresses: [10.99.0.1/32]}}', f'  far: {{agent: "{ADDRESSES["far"]}:{PORT}", region: there, addresses: [10.99.0.2/32]}}']

    def every_fault(self):
        """Of each kind that needs no netem, on agents; an agent's commands start in /, so that names are whole."""
        super().every_fault()
        log = self.folder / "log"
        made = self.folder / "made2"
        hook = self.script("slow", f'echo "$1 $(awk "{{print \\$1}}" /proc/uptime)" >> {log}\nsleep 0.15\ncase $1 in do) touch {made} ;; undo) rm -f {made} ;; check) test -e {made}; exit $? ;; esac')
        return [
            "cut: {on: near, partition: {from: far}}",
            "dark: {after: 50ms, region-dark: {region: there, from: others}}",
            "stop: {on: near, after: 100ms, process: {match: %s-stopped, signal: stop}}" % self.name,
            f"kill: {{on: near, after: 150ms, process: {{pid-file: {self.folder}/killed.pid, signal: kill, restart: [{self.folder}/start-killed]}}}}",
            "ice: {on: near, after: 200ms, freeze: {match: %s-frozen}}" % self.name,
            "slow-link: {on: near, after: 250ms, bandwidth: {dev: eth0, rate: 1 MB/s}}",
            *self.edge_faults(300),
            f"hook: {{on: near, after: 450ms, command: {{do: [{hook}, do], undo: [{hook}, undo], check: [{hook}, check]}}}}",
        ]

    def whole_machine_faults(self):
        """Of a host of its own: here both are of one machine, which only one may take."""
        return [
            "busy: {on: near, cpu: {load: 5%}}",
            "memory: {on: near, after: 50ms, memory: {fill: 8 MB}}",
            "disk: {on: near, after: 100ms, disk: {path: %s, fill: 50%%}}" % self.disk,
        ]

    def close(self):
        for process in getattr(self, "agents", {}).values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for host in ADDRESSES:
            for pid, words in list(self.processes().items()):
                if any(f"/{host}-state/" in word for word in words):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            if (self.folder / f"{host}-state").exists():
                for process in getattr(self, "agents", {}).values():
                    if process.poll() is None:
                        process.kill()
                        process.wait()
                run(MUSTER, "exercise", "recover", check=False, env=self.host_environment(host))
        super().close()
        if hasattr(self, "runner"):
            run("ip", "netns", "del", self.runner, check=False)
