"""muster proxy as a process: what it listens on, what it refuses, what it survives, and how it ends."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

MUSTER = os.environ["MUSTER_BINARY"]


class Proxy:
    def __init__(self, *options, **environment):
        self.process = subprocess.Popen([MUSTER, "proxy", "--listen", "localhost:0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, env={**os.environ, **environment})
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.stderr.read())
        self.port = int(line.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, json.loads(text) if answer.headers.get("Content-Type") == "application/json" else text

    def add(self, upstream, name="p"):
        status, made = self.ask("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream}"})
        assert status == 201, made
        return int(made["listen"].rsplit(":", 1)[1])


def refused(*options, **environment):
    done = subprocess.run([MUSTER, "proxy", *options], capture_output=True, text=True, timeout=20, env={**os.environ, **environment})
    return done.returncode, done.stderr


class Bounds(unittest.TestCase):
    def test_what_is_too_large_is_refused_and_the_rest_goes_on(self):
        with Proxy() as proxy:
            for request, status in [(b"GET / HTTP/1.1\r\nX: " + b"x" * 20000 + b"\r\n\r\n", b"431"),
                                    (b"POST /proxies HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n", b"413"),
                                    (b"NONSENSE\r\n\r\n", b"400")]:
                with socket.create_connection(("127.0.0.1", proxy.port), 10) as s:
                    s.sendall(request)
                    self.assertIn(status, s.recv(4096).split(b"\r\n")[0])
            self.assertEqual(proxy.ask("GET", "/proxies"), (200, {}))

    def test_clients_that_say_nothing_keep_nobody_out_for_long(self):
        with Proxy() as proxy:
            silent = [socket.create_connection(("127.0.0.1", proxy.port), 30) for _ in range(80)]
            for s in silent[::2]:
                s.sendall(b"GET /proxies HTTP/1.1\r\nHo")  # and one byte now and then
            time.sleep(0.5)
            start, ended = time.monotonic(), 0
            for s in silent:
                with contextlib.suppress(OSError):
                    while s.recv(100):
                        pass
                ended += 1
            self.assertEqual(ended, 80)
            self.assertLess(time.monotonic() - start, 25)  # 15 s are promised
            self.assertEqual(proxy.ask("GET", "/proxies")[0], 200)
            for s in silent:
                s.close()

    def test_several_requests_on_one_connection(self):
        with Proxy() as proxy, socket.create_connection(("127.0.0.1", proxy.port), 10) as s:
            s.sendall(b"GET /version HTTP/1.1\r\n\r\n" * 3 + b"GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n")
            text = b""
            while got := s.recv(4096):
                text += got
            self.assertEqual((text.count(b"200 OK"), text.count(b"404 Not Found")), (3, 1))


class Access(unittest.TestCase):
    def test_loopback_alone_unless_told_and_then_with_a_token(self):
        code, said = refused("--listen", "0.0.0.0:0")
        self.assertEqual(code, 4)
        self.assertIn("add --expose 0.0.0.0", said)
        code, said = refused("--listen", "0.0.0.0:0", "--expose", "0.0.0.0")
        self.assertEqual(code, 4)
        self.assertIn("it needs a token", said)
        self.assertEqual(refused("--listen", "nowhere")[0], 4)

    def test_a_port_that_is_taken_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            code, said = refused("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
            self.assertEqual((code, "Address already in use" in said), (4, True))

    def test_the_token_comes_by_file_or_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "token"
            file.write_text("s3cret\n")
            for options, environment in [(("--token-file", str(file)), {}), ((), {"MUSTER_PROXY_TOKEN": "s3cret"})]:
                with Proxy(*options, **environment) as proxy:
                    self.assertEqual(proxy.ask("GET", "/proxies")[0], 401)
                    self.assertEqual(proxy.ask("GET", "/proxies", Authorization="Bearer s3cret"), (200, {}))
                    self.assertNotIn("s3cret", pathlib.Path(f"/proc/{proxy.process.pid}/cmdline").read_text())
            file.write_text("\n")
            self.assertEqual(refused("--token-file", str(file))[0], 4)

    def test_the_log_says_who(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            with Proxy("--audit", str(log)) as proxy:
                proxy.add(1)
                proxy.process.send_signal(signal.SIGTERM)
                self.assertEqual(proxy.process.wait(10), 0)
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            self.assertEqual([line["what"] for line in lines], ["started", "POST /proxies", "ended"])
            self.assertIn(f"uid {os.getuid()}", lines[1]["by"])


class Life(unittest.TestCase):
    def test_begins_with_a_config_and_ends_on_sigterm_with_nothing_left(self):
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as upstream:
            file = pathlib.Path(folder) / "config.json"
            file.write_text(json.dumps([{"name": "a", "listen": "localhost:0", "upstream": f"localhost:{upstream.getsockname()[1]}"}]))
            with Proxy("--config", str(file)) as proxy:
                listen = proxy.ask("GET", "/proxies/a")[1]["listen"]
                with socket.create_connection(("127.0.0.1", int(listen.rsplit(":", 1)[1])), 10) as client, upstream.accept()[0] as server:
                    client.sendall(b"x")
                    self.assertEqual(server.recv(1), b"x")
                    start = time.monotonic()
                    proxy.process.send_signal(signal.SIGTERM)
                    self.assertEqual(proxy.process.wait(10), 0)
                    self.assertLess(time.monotonic() - start, 2)
                    self.assertEqual(client.recv(1), b"")
                with self.assertRaises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", proxy.port), 5)
            file.write_text("[{}]")
            self.assertEqual(refused("--listen", "localhost:0", "--config", str(file)),
                             (3, f"muster proxy: {file}: missing required field: name at proxy 1\n"))

    def test_killed_it_leaves_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as upstream, Proxy() as proxy:
            port = proxy.add(upstream.getsockname()[1])
            proxy.process.kill()
            proxy.process.wait()
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), 5)

    def test_a_toxic_ends_when_its_time_is_over(self):
        with Proxy() as proxy:
            proxy.add(1)
            self.assertEqual(proxy.ask("POST", "/proxies/p/toxics", {"type": "latency", "ttl": 300})[0], 200)
            self.assertEqual(proxy.ask("GET", "/proxies/p/toxics/latency_downstream")[0], 200)
            for _ in range(100):
                if proxy.ask("GET", "/proxies/p/toxics/latency_downstream")[0] == 404:
                    break
                time.sleep(0.1)
            else:
                self.fail("it is still there")

    def test_the_api_answers_while_bytes_rush_by(self):
        with socket.create_server(("127.0.0.1", 0)) as upstream, Proxy("--threads", "1") as proxy:
            port, stop = proxy.add(upstream.getsockname()[1]), threading.Event()
            client, server = socket.create_connection(("127.0.0.1", port), 10), upstream.accept()[0]

            def push():
                with contextlib.suppress(OSError):
                    while not stop.is_set():
                        server.sendall(bytes(1 << 20))

            def pull():
                with contextlib.suppress(OSError):
                    while client.recv(1 << 20):
                        pass
            threads = [threading.Thread(target=push), threading.Thread(target=pull)]
            for thread in threads:
                thread.start()
            try:
                for _ in range(20):
                    self.assertEqual(proxy.ask("POST", "/proxies/p/toxics", {"type": "latency", "attributes": {"latency": 20}})[0], 200)
                    time.sleep(0.02)
                    self.assertEqual(proxy.ask("DELETE", "/proxies/p/toxics/latency_downstream")[0], 204)
            finally:
                stop.set()
                for s in (client, server):
                    with contextlib.suppress(OSError):
                        s.shutdown(socket.SHUT_RDWR)
                for thread in threads:
                    thread.join()
                client.close()
                server.close()


if __name__ == "__main__":
    unittest.main()
