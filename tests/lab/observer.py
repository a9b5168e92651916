"""Watches a lab from its world, by itself: requests to a service and to the bystander, and numbered writes.

Shares nothing with Muster: its own loops, its own clock (CLOCK_MONOTONIC), its own table. usage: observer.py SETTINGS, which is JSON:
{"url", "method", "period", "slow", "bystander", "dsn", "out"}; `slow`: an answer that takes longer counts as none. Runs until its
standard input closes, then writes what it saw into `out`. Instants are seconds.
"""

import http.client
import json
import queue
import sys
import threading
import time
import urllib.parse

import psycopg

SETTINGS = json.loads(sys.argv[1])
PATIENCE, WRITE_PERIOD = 1.0, 0.02
over = threading.Event()


def ask(url, method, seen):
    """One request, on a connection of its own, after a look-up of its own."""
    parts = urllib.parse.urlsplit(url)
    began = time.monotonic()
    status = 0
    try:
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=max(PATIENCE, SETTINGS["slow"]))
        connection.request(method, parts.path)
        answer = connection.getresponse()
        answer.read()
        status = answer.status
        connection.close()
    except (OSError, http.client.HTTPException):
        pass
    ended = time.monotonic()
    seen.append({"began": began, "ended": ended, "good": 200 <= status < 300 and ended - began <= SETTINGS["slow"]})


def ask_again_and_again(url, method, period, seen):
    due, threads = time.monotonic(), []
    while not over.is_set():
        threads.append(threading.Thread(target=ask, args=(url, method, seen), daemon=True))
        threads[-1].start()
        due += period
        over.wait(max(0, due - time.monotonic()))
    for thread in threads[-100:]:
        thread.join(5)


def write_until_it_breaks(numbers, writes):
    with psycopg.connect(SETTINGS["dsn"], autocommit=True, connect_timeout=2) as connection:
        while not over.is_set():
            entry = {"number": numbers.get(), "acknowledged": None}
            writes.append(entry)
            connection.execute("insert into observed (n) values (%s)", (entry["number"],))
            entry["acknowledged"] = time.monotonic()


def write(writes):
    with psycopg.connect(SETTINGS["dsn"], autocommit=True, connect_timeout=2) as connection:
        connection.execute("drop table if exists observed")
        connection.execute("create table observed (n bigint primary key)")
    numbers = queue.Queue()

    def writer():
        while not over.is_set():
            try:
                write_until_it_breaks(numbers, writes)
            except psycopg.Error:
                time.sleep(0.1)

    threading.Thread(target=writer, daemon=True).start()
    number, due = 0, time.monotonic()
    while not over.is_set():
        number += 1
        numbers.put(number)
        due += WRITE_PERIOD
        over.wait(max(0, due - time.monotonic()))


def main():
    seen = {"service": [], "bystander": [], "writes": []}
    threads = [threading.Thread(target=ask_again_and_again, args=(SETTINGS["url"], SETTINGS["method"], SETTINGS["period"], seen["service"])),
               threading.Thread(target=ask_again_and_again, args=(SETTINGS["bystander"], "GET", 0.2, seen["bystander"]))]
    if SETTINGS["dsn"]:
        threads.append(threading.Thread(target=write, args=(seen["writes"],)))
    for thread in threads:
        thread.start()
    print("observing", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join(15)
    for part in ("service", "bystander"):
        seen[part].sort(key=lambda each: each["began"])
    with open(SETTINGS["out"], "w", encoding="ascii") as file:
        json.dump(seen, file)


main()
