// The page of a fit as its readers open it: by the real binary, in Chromium, from a file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const { MUSTER_BINARY, MUSTER_SOURCE, MUSTER_WEB, MUSTER_SHOTS } = process.env;
const modules = createRequire(join(MUSTER_WEB, "package.json"));
const chromiumPath = process.env.MUSTER_CHROMIUM ?? "/usr/bin/chromium";
const required = (process.env.MUSTER_TEST_REQUIRE ?? "").split(",").includes("chromium");
const hasChromium = (() => {
  try {
    accessSync(chromiumPath, constants.X_OK);
    return true;
  } catch {
    return false;
  }
})();
const skip = !hasChromium && !required && `no Chromium at ${chromiumPath}`;

const folder = mkdtempSync(join(tmpdir(), "muster-web-"));
const page = join(folder, "fit.html");
let browser;

before(async () => {
  if (skip) return;
  mkdirSync(MUSTER_SHOTS, { recursive: true });
  execFileSync(MUSTER_BINARY, [
    "fit", join(MUSTER_SOURCE, "tests/app/incidents/cloud-labelled.csv"), "--map", "duration=duration_min", "--unit", "m",
    "--where", "provider=azure", "--outage", "azure", "--resamples", "100", "--quiet", "--html", page, "--json", join(folder, "fit.json"),
  ]);
  browser = await modules("playwright-core").chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("asks for nothing, complains of nothing, and draws both pictures with the numbers of the JSON", { skip }, async () => {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
  const tab = await context.newPage();
  const requests = [];
  const complaints = [];
  tab.on("request", (r) => requests.push(r.url()));
  tab.on("console", (m) => ["error", "warning"].includes(m.type()) && complaints.push(m.text()));
  tab.on("pageerror", (e) => complaints.push(e.message));
  await tab.goto(`file://${page}`);
  await tab.waitForFunction(() => document.documentElement.dataset.charts === "drawn");
  assert.deepEqual(requests, [`file://${page}`]);
  assert.deepEqual(complaints, []);
  assert.equal(await tab.locator("figure.drawn .chart svg").count(), 2);
  const result = JSON.parse(readFileSync(join(folder, "fit.json"), "utf8"));
  const { fit } = await tab.evaluate(() => JSON.parse(document.getElementById("charts").textContent));
  assert.deepEqual(fit.bins, result.density.bins);
  assert.deepEqual(fit.quantiles, result.quantiles);
  for (const svg of await tab.locator("figure.drawn .chart svg").all()) {
    const box = await svg.boundingBox();
    assert.ok(box.width > 400 && box.height > 100, JSON.stringify(box));
  }
  // A point for each length, a bar for each bin that has any.
  assert.ok((await tab.locator("#quantiles .chart svg path").count()) >= result.quantiles.length);
  assert.ok((await tab.locator("#density .chart svg path").count()) > result.density.bins.filter((b) => b.measured > 0).length);
  assert.match(await tab.locator("#measured").textContent(), /5\.844430/);
  assert.match(await tab.locator("main code").first().textContent(), /^lasts: \{/);
  await tab.screenshot({ path: join(MUSTER_SHOTS, "fit.png"), fullPage: true });
  await context.close();
});

test("says the same without JavaScript", { skip }, async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const tab = await context.newPage();
  await tab.goto(`file://${page}`);
  assert.equal(await tab.locator("figure details[open] table").count(), 2);
  await context.close();
});
