// The calls of Toxiproxy's client for Node.js, as its own tests make them, against muster proxy.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import net from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

const { MUSTER_BINARY, MUSTER_WEB } = process.env;
const { Toxiproxy } = createRequire(join(MUSTER_WEB, "package.json"))("toxiproxy-node-client");

let muster, client, upstream, upstreamPort;

before(async () => {
  muster = spawn(MUSTER_BINARY, ["proxy", "--listen", "localhost:0"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(muster.stdout), "line");
  client = new Toxiproxy(`http://${line.split(" ").at(-1)}`);
  upstream = net.createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  upstreamPort = upstream.address().port;
});

after(async () => {
  upstream.close();
  muster.kill("SIGTERM");
  const [code] = await once(muster, "exit");
  assert.equal(code, 0);
});

const make = (name) => client.createProxy({ name, listen: "localhost:0", upstream: `localhost:${upstreamPort}` });

/** Milliseconds until the echo is back, or the error's code. */
function echo(proxy, text = "ping") {
  return new Promise((resolve) => {
    const start = performance.now();
    let got = "";
    const socket = net.connect(Number(proxy.listen.split(":").at(-1)), "127.0.0.1", () => socket.write(text));
    socket.on("data", (bytes) => {
      got += bytes;
      if (got.length < text.length) return;
      assert.equal(got, text);
      resolve(performance.now() - start);
      socket.destroy();
    });
    socket.on("error", (error) => resolve(error.code));
    socket.on("close", () => resolve("closed"));
  });
}

test("version, create, get, list, update, remove", async () => {
  assert.match(JSON.parse(await client.getVersion()).version ?? (await client.getVersion()), /^2\./);
  const proxy = await make("crud");
  assert.equal(proxy.name, "crud");
  assert.match(proxy.listen, /^127\.0\.0\.1:\d+$/);
  assert.equal(proxy.enabled, true);
  assert.deepEqual((await client.get("crud")).toJson(), proxy.toJson());
  assert.ok("crud" in (await client.getAll()));
  assert.ok((await echo(proxy)) < 5000);
  const off = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
  assert.equal(off.enabled, false);
  assert.equal(await echo(proxy), "ECONNREFUSED");
  const on = await proxy.update({ enabled: true, listen: proxy.listen, upstream: proxy.upstream });
  assert.equal(on.listen, proxy.listen);
  assert.ok((await echo(proxy)) < 5000);
  await proxy.remove();
  await assert.rejects(client.get("crud"), /404/);
});

test("the same proxy, or toxic, twice is a conflict", async () => {
  const proxy = await make("twice");
  await assert.rejects(make("twice"), /409/);
  const toxic = { type: "latency", attributes: { latency: 10, jitter: 0 } };
  await proxy.addToxic(toxic);
  await assert.rejects(proxy.addToxic(toxic), /409/);
  await proxy.remove();
});

test("populate makes what is missing and keeps what is there", async () => {
  const body = [{ name: "one", listen: "localhost:0", upstream: "localhost:1" }, { name: "two", listen: "localhost:0", upstream: "localhost:2" }];
  const made = await client.populate(body);
  assert.deepEqual(Object.keys(made), ["one", "two"]);
  const again = await client.populate([{ name: "one", listen: made.one.listen, upstream: "localhost:1" }]);
  assert.equal(again.one.listen, made.one.listen);
  for (const proxy of Object.values(made)) await proxy.remove();
});

test("every type of toxic is made, read, changed and removed", async () => {
  const proxy = await make("types");
  const all = {
    latency: { latency: 1000, jitter: 100 },
    bandwidth: { rate: 1000 },
    slow_close: { delay: 1000 },
    timeout: { timeout: 5000 },
    slicer: { average_size: 1000, delay: 1000, size_variation: 1000 },
    reset_peer: { timeout: 1000 },
    limit_data: { bytes: 42 },
  };
  for (const [type, attributes] of Object.entries(all)) {
    const toxic = await proxy.addToxic({ type, attributes });
    assert.equal(toxic.name, `${type}_downstream`);
    assert.equal(toxic.toxicity, 1);
    assert.deepEqual(toxic.attributes, attributes);
    const read = await proxy.getToxic(toxic.name);
    assert.deepEqual(read.toJson(), toxic.toJson());
    const [key] = Object.keys(attributes);
    const changed = await toxic.update({ attributes: { ...attributes, [key]: attributes[key] + 1 } });
    assert.equal(changed.attributes[key], attributes[key] + 1);
    await toxic.remove();
    await assert.rejects(proxy.getToxic(toxic.name), /404/);
  }
  await proxy.remove();
});

test("a latency that the client asked for is felt, and reset takes it away", async () => {
  const proxy = await make("slow");
  await proxy.addToxic({ type: "latency", stream: "upstream", attributes: { latency: 150, jitter: 0 } });
  await proxy.addToxic({ type: "latency", attributes: { latency: 150, jitter: 0 } });
  assert.ok((await echo(proxy)) >= 299);
  await client.reset();
  assert.ok((await echo(proxy)) < 299);
  await proxy.addToxic({ type: "reset_peer", stream: "upstream", attributes: { timeout: 0 } });
  assert.equal(await echo(proxy), "ECONNRESET");
  await proxy.remove();
});

test("what is wrong is told with its status", async () => {
  const proxy = await make("wrong");
  await assert.rejects(proxy.addToxic({ type: "gremlin", attributes: {} }), /400/);
  await assert.rejects(client.createProxy({ listen: "localhost:0", upstream: "localhost:1" }), /400/);
  await assert.rejects(client.createProxy({ name: "open", listen: "0.0.0.0:0", upstream: "localhost:1" }), /403/);
  await proxy.remove();
});
