"""Random toxics come and go under load, for MUSTER_TEST_SOAK seconds (60): whatever passes is, byte for byte, what was sent and nothing before
its turn; a stream that no toxic may cut arrives whole; memory and descriptors do not grow.

The seed is printed, and MUSTER_TEST_SEED sets it.
"""

import asyncio
import json
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import time

MUSTER = os.environ["MUSTER_BINARY"]
SECONDS = float(os.environ.get("MUSTER_TEST_SOAK", "60"))
SEED = int(os.environ.get("MUSTER_TEST_SEED", str(random.randrange(1 << 30))))
NOISE = random.Random(1).randbytes(1 << 20)
CLIENTS = 12


def stream(seed, size):
    """The bytes of a connection: each begins elsewhere in the noise."""
    at = seed % (1 << 19)
    return (NOISE[at:] + NOISE * (size // len(NOISE) + 1))[:size]


class Soak:
    def __init__(self, process, port):
        self.process, self.port = process, port
        self.rng = random.Random(SEED)
        self.whole = self.cut = self.bytes = self.orders = 0
        self.worst = 0.0
        self.cutting_since = {}  # proxy: the last instant at which a toxic that may cut was there; infinity while it is
        self.until = time.monotonic() + SECONDS

    async def ask(self, method, path, body=None):
        start = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        data = b"" if body is None else json.dumps(body).encode()
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        self.worst = max(self.worst, time.monotonic() - start)
        self.orders += 1
        return int(answer.split()[1]), answer.partition(b"\r\n\r\n")[2]

    async def serve(self, reader, writer):
        """Answers with the same bytes; its end after the client's."""
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            pass
        finally:
            writer.close()

    async def client(self, number, proxy, port):
        rng = random.Random(SEED * 1000 + number)
        while time.monotonic() < self.until:
            began = time.monotonic()
            sent = stream(rng.randrange(1 << 30), rng.choice([1, 100, 5000, 200_000, 1_500_000]))
            got = bytearray()
            writer = None
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)

                async def write():
                    for at in range(0, len(sent), 50_000):
                        writer.write(sent[at:at + 50_000])
                        await writer.drain()
                    writer.write_eof()

                async def read():
                    while data := await reader.read(65536):
                        got.extend(data)
                await asyncio.wait_for(asyncio.gather(write(), read()), 20)
            except (OSError, asyncio.TimeoutError):
                pass
            finally:
                if writer:
                    writer.close()
            assert sent.startswith(bytes(got)), f"{proxy}: what came is not what was sent, after {len(got)} bytes (seed {SEED})"
            self.bytes += len(got)
            if len(got) == len(sent):
                self.whole += 1
            else:
                self.cut += 1
                slow = time.monotonic() - began > 19
                assert slow or self.cutting_since.get(proxy, 0) >= began, f"{proxy}: {len(got)} of {len(sent)} bytes came though nothing cut (seed {SEED})"
            await asyncio.sleep(0)

    def random_toxic(self):
        kind = self.rng.choice(["latency", "bandwidth", "slicer", "slow_close", "latency", "bandwidth", "slicer", "timeout", "reset_peer", "limit_data"])
        attributes = {"latency": {"latency": self.rng.randrange(60), "jitter": self.rng.randrange(30)}, "bandwidth": {"rate": self.rng.choice([500, 5000, 50_000])},
                      "slicer": {"average_size": self.rng.choice([500, 5000]), "size_variation": 400, "delay": self.rng.randrange(50)},
                      "slow_close": {"delay": self.rng.randrange(100)}, "timeout": {"timeout": self.rng.randrange(100)},
                      "reset_peer": {"timeout": self.rng.randrange(100)}, "limit_data": {"bytes": self.rng.randrange(100_000)}}[kind]
        return {"type": kind, "attributes": attributes, "stream": self.rng.choice(["upstream", "downstream"]), "toxicity": self.rng.choice([1, 0.5]),
                "ttl": self.rng.choice([200, 5000])}

    async def meddle(self, proxies):
        there = {name: {} for name in proxies}  # toxics by name: whether they cut
        while time.monotonic() < self.until:
            proxy = self.rng.choice(proxies)
            if there[proxy] and self.rng.random() < 0.5:
                name = self.rng.choice(sorted(there[proxy]))
                if self.rng.random() < 0.3:
                    status, _ = await self.ask("PATCH", f"/proxies/{proxy}/toxics/{name}", {"toxicity": self.rng.choice([0, 1])})
                    assert status in (200, 404), status
                else:
                    status, _ = await self.ask("DELETE", f"/proxies/{proxy}/toxics/{name}")
                    assert status in (204, 404), status  # its time may be over
                    del there[proxy][name]
            else:
                toxic = self.random_toxic()
                cuts = toxic["type"] in ("timeout", "reset_peer", "limit_data")
                if cuts:
                    self.cutting_since[proxy] = float("inf")
                status, _ = await self.ask("POST", f"/proxies/{proxy}/toxics", toxic)
                assert status in (200, 409), status
                if status == 200:
                    there[proxy][f"{toxic['type']}_{toxic['stream']}"] = cuts
            if not any(there[proxy].values()) and self.cutting_since.get(proxy) == float("inf"):
                self.cutting_since[proxy] = time.monotonic()
            if self.rng.random() < 0.03:
                await self.ask("POST", "/reset")
            await asyncio.sleep(0.02)
        await self.ask("POST", "/reset")

    def footprint(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024, len(os.listdir(f"/proc/{self.process.pid}/fd"))

    async def watch(self, seen):
        await asyncio.sleep(SECONDS * 0.3)
        while time.monotonic() < self.until:
            seen.append(self.footprint()[0])
            await asyncio.sleep(0.2)

    async def run(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1000)
        upstream = server.sockets[0].getsockname()[1]
        ports = {}
        for name in ("a", "b", "c"):
            status, made = await self.ask("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream}"})
            assert status == 201, made
            ports[name] = int(json.loads(made)["listen"].rsplit(":", 1)[1])
        _, before = self.footprint()
        seen, names = [], sorted(ports)
        await asyncio.gather(self.meddle(names), self.watch(seen), *(self.client(i, names[i % 3], ports[names[i % 3]]) for i in range(CLIENTS)))
        server.close()
        for _ in range(100):  # connections whose end was held back
            _, metrics = await self.ask("GET", "/metrics")
            if all(line.endswith(b" 0") for line in metrics.splitlines() if line.startswith(b"muster_proxy_connections{")):
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError("connections stay open")
        memory, after = self.footprint()
        half = len(seen) // 2
        first, second = max(seen[:half], default=0), max(seen[half:], default=0)
        print(f"seed {SEED}: {self.whole} streams whole, {self.cut} cut, {self.bytes / 1e6:.0f} MB, {self.orders} orders (slowest {1000 * self.worst:.0f} ms), "
              f"memory at most {first} MiB, then {second} MiB, {memory} MiB at the end; descriptors {before} before, {after} after")
        assert self.whole > 5 * SECONDS and self.cut > 0 and self.orders > 3 * SECONDS, "there was hardly any load"
        assert second <= first * 1.5 + 32, "memory grows"
        assert after <= before + 2 * 2 * 32 + 8, "descriptors are left over"  # pipes that are kept for the next backlog


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    process = subprocess.Popen([MUSTER, "proxy", "--listen", "localhost:0", "--threads", "2", "--seed", str(SEED)], stdout=subprocess.PIPE, text=True)
    try:
        asyncio.run(Soak(process, int(process.stdout.readline().rsplit(":", 1)[1])).run())
        process.terminate()
        assert process.wait(20) == 0, "it did not end well"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
