"""Watches a lab from its world, by itself: an HTTP request every 50 ms and a numbered write every 20 ms.

Shares nothing with Muster: its own loops, its own clock (CLOCK_MONOTONIC), its own table. usage: observer.py URL METHOD DSN FILE; runs until
its standard input closes, then writes what it saw as JSON. Instants are seconds on CLOCK_MONOTONIC.
"""

import json
import queue
import sys
import threading
import time
import urllib.parse
import http.client

import psycopg

URL, METHOD, DSN, FILE = sys.argv[1:5]
PERIOD, PATIENCE, WRITE_PERIOD = 0.05, 1.0, 0.02
over = threading.Event()
probes, writes = [], []


def ask():
    """One request by itself: [began, ended, status or 0]."""
    parts = urllib.parse.urlsplit(URL)
    began = time.monotonic()
    status = 0
    try:
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=PATIENCE)
        connection.request(METHOD, parts.path)
        answer = connection.getresponse()
        answer.read()
        status = answer.status
        connection.close()
    except OSError:
        pass
    except http.client.HTTPException:
        pass
    probes.append((began, time.monotonic(), status))


def probing():
    due, threads = time.monotonic(), []
    while not over.is_set():
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        threads.append(thread)
        due += PERIOD
        over.wait(max(0, due - time.monotonic()))
    for thread in threads[-60:]:
        thread.join(5)


def write(numbers):
    """Takes numbers until its connection breaks or nothing has come back for a second."""
    with psycopg.connect(DSN, autocommit=True, connect_timeout=2) as connection:
        while True:
            number = numbers.get()
            if number is None:
                return
            sent = time.monotonic()
            entry = [number, sent, None]
            writes.append(entry)
            connection.execute("insert into observed (n) values (%s)", (number,))
            entry[2] = time.monotonic()


def writing():
    with psycopg.connect(DSN, autocommit=True, connect_timeout=2) as connection:
        connection.execute("create table if not exists observed (n bigint primary key)")
    numbers, number, due = queue.Queue(), 0, time.monotonic()

    def worker():
        while not over.is_set():
            try:
                write(numbers)
            except psycopg.Error:
                time.sleep(0.1)

    threading.Thread(target=worker, daemon=True).start()
    while not over.is_set():
        number += 1
        numbers.put(number)
        due += WRITE_PERIOD
        over.wait(max(0, due - time.monotonic()))


threads = [threading.Thread(target=probing), threading.Thread(target=writing)]
for each in threads:
    each.start()
print("observing", flush=True)
sys.stdin.read()
over.set()
for each in threads:
    each.join(10)
with open(FILE, "w", encoding="ascii") as file:
    json.dump({"probes": sorted(probes), "writes": writes}, file)
