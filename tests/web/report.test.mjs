// The board's page as its readers open it: by the real binary, in Chromium, from a file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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
const page = join(folder, "stackery.html");
const study = join(MUSTER_SOURCE, "scenarios/studies/stackery-capacity.yaml");
const odd = join(folder, "odd.html");
const aar = join(folder, "after-action.html");
let browser;

// A grid with a cell that has no end and with titles that are no HTML, without costs, and with two targets close together.
const oddScenario = `muster: 1
services: {db: {objective: {rto: 20h, mtpd: 22h, confidence: 90%}}}
outages: {fire: {strikes: [{services: [db]}], happens: 1/year}}
plan: {steps: {mend: {takes: {exponential: {mean: 8h}}, by: {smith: 1}, fails: 0%, recovers: [db]}}}
roles: {smith: {count: 1}}
`;
const oddStudy = `muster-what-if: 1
grid:
  /plan/steps/mend/fails: {title: "<i>fails</i>", values: [0%, 5%, 50%], costs: [9/year, 5/year, -3/year]}
  /plan/steps/mend/takes: {title: takes, values: [6h, 9h]}
`;

before(async () => {
  if (skip) return;
  mkdirSync(MUSTER_SHOTS, { recursive: true });
  execFileSync(MUSTER_BINARY, [
    "report", join(MUSTER_SOURCE, "scenarios/stackery.yaml"), "--replications", "5000", "--quiet",
    "--outage", "region-loss", "--outage", "s3-outage", "--study", study, "--forecast", "2",
    "--html", page, "--md", join(folder, "stackery.md"), "--csv", join(folder, "stackery.csv"), "--pdf", join(folder, "stackery.pdf"),
  ]);
  execFileSync(MUSTER_BINARY, [
    "simulate", join(MUSTER_SOURCE, "scenarios/stackery.yaml"), "--replications", "5000", "--quiet",
    "--outage", "region-loss", "--outage", "s3-outage", "--json", join(folder, "stackery.json"),
  ]);
  execFileSync(MUSTER_BINARY, [
    "what-if", join(MUSTER_SOURCE, "scenarios/stackery.yaml"), study, "--replications", "5000", "--quiet",
    "--outage", "region-loss", "--outage", "s3-outage", "--json", join(folder, "study.json"),
  ]);
  execFileSync(MUSTER_BINARY, [
    "forecast", join(MUSTER_SOURCE, "scenarios/stackery.yaml"), "--years", "2", "--replications", "5000", "--quiet", "--json", join(folder, "years.json"),
  ]);
  writeFileSync(join(folder, "odd.yaml"), oddScenario);
  writeFileSync(join(folder, "odd-study.yaml"), oddStudy);
  execFileSync(MUSTER_BINARY, [
    "report", join(folder, "odd.yaml"), "--replications", "500", "--quiet", "--study", join(folder, "odd-study.yaml"), "--html", odd,
  ]);
  // A tabletop touches nothing; its ledger is in a folder of its own.
  writeFileSync(join(folder, "tabletop.yaml"), `muster-exercise: 1
title: "<b>db</b> | talked through"
scenario: odd.yaml
outage: fire
kind: tabletop
environment: staging
limit: 1m
probes: {db: {command: ["true"]}}
recovered-when: {service: db, any: [db], for: 1s}
`);
  const env = { ...process.env, MUSTER_STATE_DIR: join(folder, "state"), MUSTER_RUN_DIR: join(folder, "run") };
  execFileSync(MUSTER_BINARY, ["exercise", "run", join(folder, "tabletop.yaml"), "--yes"], { env, stdio: "ignore" });
  execFileSync(MUSTER_BINARY, ["exercise", "report", "last", "--html", "--output", aar], { env });
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

/** Opens the page; every request beside it and every complaint of the console is kept. */
async function open(options = {}, emulate = {}, file = page) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const tab = await context.newPage();
  const requests = [];
  const complaints = [];
  tab.on("request", (r) => requests.push(r.url()));
  tab.on("console", (m) => ["error", "warning"].includes(m.type()) && complaints.push(m.text()));
  tab.on("pageerror", (e) => complaints.push(e.message));
  await tab.emulateMedia(emulate);
  await tab.goto(`file://${file}`);
  return { tab, requests, complaints, close: () => context.close() };
}

test("is one small file that asks for nothing and complains of nothing", { skip }, async () => {
  assert.ok(statSync(page).size < 1.5e6, `${statSync(page).size} bytes`);
  const { tab, requests, complaints, close } = await open();
  await tab.waitForFunction(() => document.documentElement.dataset.charts === "drawn");
  assert.deepEqual(requests, [`file://${page}`]);
  assert.deepEqual(complaints, []);
  // The policy holds: what the page does not carry cannot be fetched by anything in it.
  const blocked = await tab.evaluate(() => fetch("http://127.0.0.1:9/").then(() => "fetched", () => "blocked"));
  assert.equal(blocked, "blocked");
  assert.match(complaints.join(), /Content Security Policy/);
  await tab.screenshot({ path: join(MUSTER_SHOTS, "report.png"), fullPage: true });
  await close();
});

test("draws every chart, and its choices redraw it", { skip }, async () => {
  const { tab, close } = await open();
  const charts = await tab.locator("figure[data-chart]").count();
  assert.equal(charts, 2 * 3 + 3, "three of each outage, frontier, heat map, and losses of a year");
  assert.equal(await tab.locator("figure.drawn .chart svg").count(), charts);
  for (const svg of await tab.locator("figure.drawn .chart svg").all()) {
    const box = await svg.boundingBox();
    assert.ok(box.width > 400 && box.height > 100, JSON.stringify(box));
    assert.ok((await svg.locator("path").count()) > 5, "an empty chart");
  }
  const first = tab.locator("figure[data-chart=distribution]").first();
  const drawn = () => first.locator(".chart").innerHTML();
  const pictures = [await drawn()];
  for (const label of ["distribution", "data loss", "authorization"]) {
    await first.getByLabel(label, { exact: true }).check();
    pictures.push(await drawn());
  }
  assert.equal(new Set(pictures).size, pictures.length, "a choice that changes nothing");
  const gantt = tab.locator("figure[data-chart=gantt]").first();
  assert.match(await gantt.locator(".chart").textContent(), /initiate/);
  const median = await gantt.locator(".chart").innerHTML();
  await gantt.getByLabel("a bad day (p95)").check();
  assert.notEqual(await gantt.locator(".chart").innerHTML(), median);
  await close();
});

test("says the numbers of the JSON", { skip }, async () => {
  const result = JSON.parse(readFileSync(join(folder, "stackery.json"), "utf8"));
  const { tab, close } = await open();
  const charts = await tab.evaluate(() => JSON.parse(document.getElementById("charts").textContent));
  for (const [outage, services] of Object.entries(charts.distributions))
    for (const service of services) {
      const stats = result.outages[outage].services[service.name];
      for (const [level, key] of [[0.05, "p5"], [0.5, "p50"], [0.9, "p90"], [0.95, "p95"]])
        for (const quantity of ["rto", "rpo"])
          assert.equal(service[quantity].quantiles[Math.round(level * 200)], stats[quantity][key], `${outage} ${service.name} ${key}`);
      const objective = stats.objective;
      assert.equal(service.targets.rto, objective.rto.target);
      const { shares, beyond } = service.rto.histogram;
      assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) + beyond - 1) < 1e-9);
    }
  const rows = readFileSync(join(folder, "stackery.csv"), "utf8").trim().split("\n").map((line) => line.split(","));
  const head = rows[0];
  for (const row of rows.slice(1)) {
    const at = (name) => row[head.indexOf(name)];
    const stats = result.outages[at("outage")].services[at("service")];
    assert.equal(Number(at("p95")), stats[at("quantity")].p95);
    const target = stats.objective?.[at("quantity")];
    if (target) assert.equal(Number(at("achievable")), target.achievable);
  }
  const verdicts = await tab.locator("section.outage .verdict").allTextContents();
  const markdown = readFileSync(join(folder, "stackery.md"), "utf8");
  assert.equal((markdown.match(/\*\*(MET|MISSED|UNDECIDED)\*\*/g) ?? []).length,
    verdicts.length + (await tab.locator("main > .wide .verdict").count()));
  await close();
});

test("says the numbers of the study and of the years ahead", { skip }, async () => {
  const { tab, close } = await open();
  const charts = await tab.evaluate(() => JSON.parse(document.getElementById("charts").textContent));
  const result = JSON.parse(readFileSync(join(folder, "study.json"), "utf8"));
  assert.equal(charts.frontier.length, result.variants.length + 1, "the scenario as it is comes first");
  result.variants.forEach((variant, i) => {
    const point = charts.frontier[i + 1];
    assert.equal(point.name, variant.name);
    assert.equal(point.cost, variant["cost-per-year"]);
    assert.equal(point.loss, variant["expected-loss-per-year"]);
    assert.equal(point.on, result.frontier.includes(i));
    assert.equal(point.recommended, result.recommended === i);
  });
  const years = JSON.parse(readFileSync(join(folder, "years.json"), "utf8"));
  assert.deepEqual(charts.exceedance, years.exceedance);
  const heat = tab.locator("figure[data-chart=heat]").first();
  const before = await heat.locator(".chart").innerHTML();
  await heat.getByLabel("expected loss a year", { exact: true }).check();
  assert.notEqual(await heat.locator(".chart").innerHTML(), before);
  const costs = tab.locator("figure[data-chart=frontier]");
  const losses = await costs.locator(".chart").innerHTML();
  await costs.getByLabel("worst miss", { exact: true }).check();
  assert.notEqual(await costs.locator(".chart").innerHTML(), losses);
  assert.match(await costs.locator(".chart").textContent(), /worst miss.*today/);
  await heat.scrollIntoViewIfNeeded();
  await heat.screenshot({ path: join(MUSTER_SHOTS, "report-heat.png") });
  await tab.locator("figure[data-chart=tornado]").first().screenshot({ path: join(MUSTER_SHOTS, "report-tornado.png") });
  await close();
});

test("tells on the first page what it costs to do better", { skip }, async () => {
  const { tab, close } = await open();
  const result = JSON.parse(readFileSync(join(folder, "study.json"), "utf8"));
  const short = (variant, service) => Math.max(0, ...Object.values(variant.outages).flatMap((o) => {
    const objective = o.services[service]?.objective;
    return ["rto", "rpo"].flatMap((q) => (objective?.[q] ? [objective.confidence - objective[q].met] : []));
  }));
  const rows = await tab.locator("main > .wide:has(caption:text('What it costs to do better')) tbody tr").all();
  assert.ok(rows.length >= 4);
  for (const row of rows) {
    const service = await row.locator("th").textContent();
    const [today, advised, by, cost] = await row.locator("td").allTextContents();
    const share = (text) => Number(text.replace(/[<>%]/g, "")) / 100;
    assert.ok(Math.abs(share(today) - short(result.baseline, service)) < 0.001, service);
    assert.ok(Math.abs(share(advised) - short(result.variants[result.recommended], service)) < 0.001, service);
    const keep = result.variants.filter((v) => short(v, service) <= 0);
    if (short(result.baseline, service) <= 0) assert.equal(by, "the plan as it is");
    else if (keep.length === 0) assert.deepEqual([by, cost], ["no variant of the study", ""]);
    else assert.equal(keep.find((v) => v.name === by)["cost-per-year"], Math.min(...keep.map((v) => v["cost-per-year"])), service);
  }
  await close();
});

test("draws cells without an end, titles that look like HTML, and targets that stand close", { skip }, async () => {
  const { tab, complaints, close } = await open({}, {}, odd);
  const heat = tab.locator("figure[data-chart=heat]");
  const cells = async () => {
    const texts = await heat.locator("svg text").evaluateAll((all) => all.map((t) => t.textContent));
    return texts.filter((t) => /%|never|\d h/.test(t));
  };
  await heat.getByLabel("recovery time of db that can be promised", { exact: true }).check();
  assert.equal((await cells()).filter((t) => t === "never").length, 2, "half of the repairs fail for good");
  // Blue is good and orange is bad, whatever is measured: in the first row little is missed, in the last much.
  const colours = async (label) => {
    await heat.getByRole("radio", { name: label }).check();
    const fills = await heat.locator("svg path").evaluateAll((all) =>
      all.map((p) => ({ fill: p.getAttribute("fill") ?? "", box: p.getBoundingClientRect() })).filter((p) => p.box.width > 100 && p.box.height > 20)
        .sort((a, b) => a.box.top - b.box.top || a.box.left - b.box.left).map((p) => (p.fill.match(/\d+/g) ?? []).slice(0, 3).map(Number)));
    return [fills[0], fills.at(-1)];
  };
  for (const label of [/^chance to meet/, "worst miss"]) {
    const [first, last] = await colours(label);
    assert.ok(first[2] > first[0] && last[0] > last[2], `${label}: ${first} above ${last}`);
  }
  const box = await heat.locator("svg").boundingBox();
  await tab.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await tab.waitForTimeout(200);
  assert.match(await heat.locator(".chart").textContent(), /<i>fails<\/i> 5%/);
  assert.equal(await heat.locator("i").count(), 0, "a title became an element");
  // Without costs money is set against the worst miss.
  const frontier = tab.locator("figure[data-chart=frontier]");
  assert.equal(await frontier.locator("fieldset").count(), 0);
  assert.match(await frontier.locator(".chart").textContent(), /worst miss/);
  const labels = await tab.locator("figure[data-chart=distribution] svg text").evaluateAll((all) =>
    all.filter((t) => /RTO|MTPD|chance/.test(t.textContent)).map((t) => t.getBoundingClientRect().toJSON()));
  assert.equal(labels.length, 3);
  for (const [i, a] of labels.entries())
    for (const b of labels.slice(i + 1))
      assert.ok(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top, "labels over each other");
  assert.equal(await tab.locator("figure[data-chart=distribution]").getByLabel("data loss").count(), 0, "nothing is lost");
  assert.deepEqual(complaints, []);
  await tab.screenshot({ path: join(MUSTER_SHOTS, "report-odd.png"), fullPage: true });
  await close();
});

test("tells of an exercise by the same parts", { skip }, async () => {
  const { tab, requests, complaints, close } = await open({}, {}, aar);
  await tab.waitForFunction(() => document.documentElement.dataset.charts === "drawn");
  assert.deepEqual(requests, [`file://${aar}`]);
  assert.deepEqual(complaints, []);
  assert.equal(await tab.locator("h1").textContent(), "After-action report and improvement plan: <b>db</b> | talked through");
  const timeline = tab.locator("figure[data-chart=gantt]");
  assert.match(await timeline.locator(".chart").textContent(), /mend/);
  const done = await timeline.locator(".chart").innerHTML();
  await timeline.getByLabel("as it was simulated (medians)").check();
  assert.notEqual(await timeline.locator(".chart").innerHTML(), done);
  assert.ok(statSync(aar).size < 1.5e6);
  await tab.screenshot({ path: join(MUSTER_SHOTS, "after-action.png"), fullPage: true });
  await close();
  const plain = await open({ javaScriptEnabled: false }, {}, aar);
  assert.ok(await plain.tab.locator("figure table").isVisible());
  await plain.close();
});

test("has no serious flaw for people who do not see it well", { skip }, async () => {
  for (const [colorScheme, file] of [["light", page], ["dark", page], ["light", aar], ["dark", aar], ["light", odd]]) {
    const { tab, close } = await open({}, { colorScheme }, file);
    // By the debugger's own way in, which the page's policy does not bind.
    await tab.evaluate(readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8"));
    const { violations } = await tab.evaluate(() => window.axe.run());
    const serious = violations.filter((v) => ["serious", "critical"].includes(v.impact));
    assert.deepEqual(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), [], colorScheme);
    if (file === page) await tab.screenshot({ path: join(MUSTER_SHOTS, `report-${colorScheme}.png`) });
    await close();
  }
});

test("shows all tables with JavaScript off", { skip }, async () => {
  const { tab, close } = await open({ javaScriptEnabled: false });
  for (const table of await tab.locator("table").all()) assert.ok(await table.isVisible(), "a hidden table");
  for (const chart of await tab.locator(".chart").all()) assert.ok(!(await chart.isVisible()), "an empty frame");
  // Of each outage two of quantities, one of changes and two of stories; then variants, grids and losses.
  assert.equal(await tab.locator("figure details table").count(), 2 * (2 + 1 + 2) + 2 + 9 + 1);
  await close();
});

test("fits a narrow window", { skip }, async () => {
  const { tab, close } = await open({ viewport: { width: 390, height: 800 } });
  const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
  await tab.screenshot({ path: join(MUSTER_SHOTS, "report-narrow.png") });
  await close();
});

test("prints on A4 and on Letter, each outage on a page of its own, no chart cut", { skip }, async () => {
  const { tab, close } = await open();
  for (const format of ["A4", "Letter"]) {
    const pdf = await tab.pdf({ format, path: join(MUSTER_SHOTS, `report-${format}.pdf`) });
    const text = execFileSync("pdftotext", ["-layout", "-", "-"], { input: pdf }).toString();
    const pages = text.split("\f").slice(0, -1);
    assert.ok(pages.length >= 7 && pages.length <= 14, `${pages.length} pages on ${format}`);
    // Nothing can be chosen on paper: what is drawn is said, and both stories and both quantities are drawn.
    for (const said of [/^\s*the median$/m, /^\s*a bad day \(p95\)$/m, /recovery time · chance to exceed · product/, /data loss · chance to exceed · product/, /^\s*chance to meet RPO/m])
      assert.match(text, said, format);
    for (const outage of ["region-loss", "s3-outage"])
      assert.equal(pages.filter((p) => p.trimStart().startsWith(outage)).length, 1, `${outage} begins no page on ${format}`);
  }
  // What is drawn for paper is as wide as the paper's text.
  await tab.emulateMedia({ media: "print" });
  await tab.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  for (const svg of await tab.locator(".chart svg").all()) assert.ok((await svg.boundingBox()).width <= 662);
  for (const svg of await tab.locator(".chart svg").all()) assert.ok((await svg.boundingBox()).height <= 840, "taller than the paper");
  assert.equal(await tab.locator("#outage-1-story .chart svg").count(), 2);
  await tab.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  assert.equal(await tab.locator("#outage-1-story .chart svg").count(), 1);
  const own = execFileSync("pdftotext", ["-layout", join(folder, "stackery.pdf"), "-"]).toString();
  assert.match(own, /Not in each of these 2 outages/);
  assert.ok(own.split("\f").length >= 6);
  await close();
});
