"""Two regions that serve one table over https, as far as a workload's few calls go, and a bystander. Usage: cloud_regions.py STATE."""

import http.server
import json
import pathlib
import ssl
import sys
import threading

STATE = pathlib.Path(sys.argv[1])
TABLE = {}
LOCK = threading.Lock()


class Table(http.server.BaseHTTPRequestHandler):
    """The JSON protocol: what is asked for is named by X-Amz-Target."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        call = self.headers.get("X-Amz-Target", "").partition(".")[2]
        with LOCK:
            if call == "PutItem":
                TABLE[json.dumps(asked["Item"]["id"])] = asked["Item"]
                said = {}
            elif call == "GetItem":
                item = TABLE.get(json.dumps(asked["Key"]["id"]))
                said = {"Item": item} if item else {}
            else:
                said = {"TableNames": [self.server.region]}
        self.say(json.dumps(said), "application/x-amz-json-1.0")

    def do_GET(self):
        self.say(f"healthy: {self.server.region}\n", "text/plain")

    def say(self, text, kind):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    region = ""

    def __init__(self, address, region, certificate):
        self.region = region
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(STATE / f"{certificate}.pem")
        super().__init__((address, 443), Table)

    def finish_request(self, request, client_address):
        # In the connection's own thread: one that says nothing holds up nobody.
        request.settimeout(30)
        super().finish_request(self.context.wrap_socket(request, server_side=True), client_address)

    def handle_error(self, request, client_address):
        pass


servers = [Server("10.79.1.1", "us-east-1", "us-east-1"), Server("10.79.2.1", "us-west-2", "us-west-2"), Server("10.79.3.1", "bystander", "bystander")]
plain = http.server.ThreadingHTTPServer(("10.79.0.2", 80), Table)
plain.region = "plain"
for each in [*servers, plain]:
    threading.Thread(target=each.serve_forever, daemon=True).start()
(STATE / "regions.ready").touch()
threading.Event().wait()
