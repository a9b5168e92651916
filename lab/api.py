"""The lab's API in one region: a few answers from the region's own database. usage: api.py REGION PID-FILE"""

import asyncio
import os
import sys

import psycopg
from aiohttp import web

REGION = sys.argv[1]
DSN = "host=127.0.0.1 dbname=lab user=app connect_timeout=2 options='-c statement_timeout=1000'"


async def ask(query):
    """The first row. Each question has a connection of its own: what it says is of now, never of a pool."""

    async def once():
        async with await psycopg.AsyncConnection.connect(DSN, autocommit=True) as connection:
            return await (await connection.execute(query)).fetchone()

    return await asyncio.wait_for(once(), 1.5)


async def health(_):
    try:
        (in_recovery,) = await ask("select pg_is_in_recovery()")
    except (psycopg.Error, asyncio.TimeoutError, OSError) as trouble:
        return web.json_response({"region": REGION, "writable": False, "why": str(trouble).strip()}, status=503)
    return web.json_response({"region": REGION, "writable": not in_recovery}, status=503 if in_recovery else 200)


async def order(_):
    try:
        (number,) = await ask("insert into orders (what) select string_agg(md5(random()::text), '') from generate_series(1, 55) returning id")
    except (psycopg.Error, asyncio.TimeoutError, OSError) as trouble:
        return web.json_response({"region": REGION, "why": str(trouble).strip()}, status=503)
    return web.json_response({"region": REGION, "order": number}, status=201)


async def page(_):
    return web.Response(body=b"x" * 100_000, content_type="text/plain")


app = web.Application()
app.add_routes([web.get("/health", health), web.post("/orders", order), web.get("/page", page)])
with open(sys.argv[2], "w", encoding="ascii") as file:
    file.write(f"{os.getpid()}\n")
web.run_app(app, host="127.0.0.1", port=8080, print=None)
