"""A workload that takes orders: each goes to the table of the region that STATE/region names, with retries and a pool of connections, as
SDKs have them. Usage: cloud_app.py STATE. GET /order writes one and reads it back; GET /bystander asks somebody else's service."""

import http.client
import http.server
import itertools
import json
import pathlib
import ssl
import sys
import threading
import time

STATE = pathlib.Path(sys.argv[1])
ATTEMPTS = 2
CONTEXT = ssl.create_default_context(cafile=STATE / "ca.pem")
NUMBERS = itertools.count(1)
POOL = threading.local()


def connection_to(host):
    pool = POOL.__dict__.setdefault("of", {})
    if host not in pool:
        pool[host] = http.client.HTTPSConnection(host, timeout=0.5, context=CONTEXT)
    return pool[host]


def ask(host, method, path, body=None, headers=None):
    for attempt in range(1, ATTEMPTS + 1):
        connection = connection_to(host)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status < 500:
                return text
            raise OSError(f"{host} answered {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if attempt == ATTEMPTS:
                raise OSError(f"{host}: {error}") from error
            time.sleep(0.05)


def order():
    region = (STATE / "region").read_text(encoding="ascii").strip()
    host, number = f"dynamodb.{region}.amazonaws.com", str(next(NUMBERS))
    for call, body in (("PutItem", {"TableName": "orders", "Item": {"id": {"N": number}}}), ("GetItem", {"TableName": "orders", "Key": {"id": {"N": number}}})):
        said = ask(host, "POST", "/", json.dumps(body), {"X-Amz-Target": f"DynamoDB_20120810.{call}", "Content-Type": "application/x-amz-json-1.0"})
    if json.loads(said).get("Item", {}).get("id", {}).get("N") != number:
        raise OSError(f"order {number} is not in {region}")
    return f"order {number} taken in {region}\n"


class Orders(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        try:
            text = order() if self.path == "/order" else ask("status.example", "GET", "/").decode()
            status = 200
        except OSError as error:
            text, status = f"{error}\n", 503
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("10.79.0.1", 8080), Orders).serve_forever()
