"""A web server for probes' tests: prints its port, then answers as the path asks. With a certificate's file: https."""

import http.server
import json
import ssl
import sys
import threading
import time
import urllib.parse

written = {}
lock = threading.Lock()


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="text/plain"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        _, what, exercise, number = self.path.split("/")
        with lock:
            if int(number) in (7, 8):  # refused, and not kept
                return self.answer(500, "no")
            written.setdefault(exercise, []).append(int(number))
            if int(number) == 12:  # acknowledged, and lost
                written[exercise].remove(12)
        self.answer(201, "")

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        words = url.path.strip("/").split("/")
        if words[0] == "ok":
            self.answer(200, "all is well\n")
        elif words[0] == "status":
            self.answer(int(words[1]), "")
        elif words[0] == "json":
            self.answer(200, json.dumps({"db": {"lag": 1.5, "role": "primary", "ok": True, "a/b": [3, 4], "big": 12345678901234567}}))
        elif words[0] == "echo":
            self.answer(200, self.headers.get("X-Probe", "") + " " + self.headers["Host"])
        elif words[0] == "slow":
            time.sleep(float(words[1]))
            self.answer(200, "slow")
        elif words[0] == "chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (b"one ", b"two"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        elif words[0] == "half":  # says more than it sends
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        elif words[0] == "deep":  # more than some engines of regular expressions bear
            self.answer(200, "a" * 400000)
        elif words[0] == "numbers":
            with lock:
                self.answer(200, json.dumps(sorted(written.get(words[1], []))))
        elif words[0] == "number":
            with lock:
                self.answer(200 if int(words[2]) in written.get(words[1], []) else 404, "")
        elif words[:3] == ["api", "v1", "query"]:
            self.prometheus(urllib.parse.parse_qs(url.query)["query"][0])
        else:
            self.answer(404, "")

    def prometheus(self, query):
        def element(value):
            return {"metric": {}, "value": [1700000000.1, value]}

        results = {
            "up": [element("1"), element("1")],
            "some": [element("1"), element("0")],
            'sum(rate(x{a="b c"}[5m]))': [element("0.25")],
            "nan": [element("NaN")],
            "empty": [],
        }
        if query == "scalar":
            body = {"status": "success", "data": {"resultType": "scalar", "result": [1700000000.1, "42"]}}
        elif query == "matrix":
            body = {"status": "success", "data": {"resultType": "matrix", "result": []}}
        elif query in results:
            body = {"status": "success", "data": {"resultType": "vector", "result": results[query]}}
        elif query == "late":
            return self.answer(503, json.dumps({"status": "error", "errorType": "timeout", "error": "query timed out"}))
        else:
            return self.answer(400, json.dumps({"status": "error", "errorType": "bad_data", "error": "parse error"}))
        self.answer(200, json.dumps(body))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.daemon_threads = True
server.handle_error = lambda *_: None  # probes hang up early
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
