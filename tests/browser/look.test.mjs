// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Cluster, overviews } from "./cluster.mjs";

let cluster;
before(async () => (cluster = await Cluster.start()));
after(() => cluster?.stop());

test("everything can be reached without a mouse", async () => {
  const page = await cluster.open("jobs");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.type), "search");
  const id = await cluster.enqueue("mail");
  await page.keyboard.type(id);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `Job ${id}` }).waitFor();

  const fresh = await cluster.open("overview");
  await fresh.keyboard.press("Tab");
  assert.equal(await fresh.evaluate(() => document.activeElement?.textContent), "Skip to the content");
  await fresh.keyboard.press("Enter");
  assert.equal(await fresh.evaluate(() => document.activeElement?.tagName), "H1");
  await Promise.all([page.close(), fresh.close()]);
});

/** Waits until a page has what it asked for, and has been told what is going on. */
async function settled(page) {
  await page.locator(".connection.live").waitFor();
  await page.locator("main:not(:has(.loading)):not(:has([aria-busy=true]))").waitFor();
}

const open_all = async (options, visit) => {
  const note = await cluster.create_note({ title: "A".repeat(150) });
  const id = await cluster.enqueue("mail", "x".repeat(500), { tags: ["y".repeat(60), "short"] });
  const page = await cluster.open("overview", options);
  for (const path of ["overview", "queues", "jobs", `jobs/${id}`, "dead", "nodes", "collections", "collections/notes", `collections/notes/records/${note.id}`, "caches"]) {
    await page.goto(`${cluster.url}/#/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await settled(page);
    await visit(page, path);
  }
  assert.deepEqual(page.problems, []);
  await page.close();
};

test("every page fits a phone", () =>
  open_all({ viewport: { width: 375, height: 740 } }, async (page, path) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 375, `${path} is ${width} pixels wide`);
    const hidden = await page.evaluate(() => [...document.querySelectorAll(".frame")].filter((x) => x.scrollWidth > x.clientWidth).length);
    assert.equal(hidden, 0, `a table of ${path} does not fit`);
  }));

/** Texts whose contrast to what is behind them is below 4.5 (WCAG AA). */
function pale_texts() {
  const parse = (text) => {
    const x = text.match(/[\d.]+/g).map(Number);
    return text.startsWith("color(srgb") ? [x[0] * 255, x[1] * 255, x[2] * 255, x[3] ?? 1] : [x[0], x[1], x[2], x[3] ?? 1];
  };
  const luminance = ([r, g, b]) => {
    const line = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * line(r) + 0.7152 * line(g) + 0.0722 * line(b);
  };
  const behind = (x) => {
    for (let e = x; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color[3] > 0.99) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const x of document.querySelectorAll("#app *")) {
    const text = [...x.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
    if (text === "" || x.closest(":disabled, .hidden, svg, canvas")) continue;
    const [a, b] = [luminance(parse(getComputedStyle(x).color)), luminance(behind(x))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${text.slice(0, 30)} (${ratio.toFixed(1)})`);
  }
  return found;
}

for (const colorScheme of ["light", "dark"])
  test(`every text stands out from what is behind it, ${colorScheme}`, () =>
    open_all({ colorScheme }, async (page, path) => assert.deepEqual(await page.evaluate(pale_texts), [], path)));

// -- what checkers of accessibility find ---------------------------------------------------------

const { source: checker } = createRequire(import.meta.url)("axe-core");

/** "rule: element" of everything that breaks WCAG 2.2 AA. */
async function offences(page) {
  await page.evaluate(checker);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      rules: { "label-content-name-mismatch": { enabled: true } },
    });
    return violations.flatMap((x) => x.nodes.map((node) => `${x.id}: ${node.html.slice(0, 120)}`));
  });
}

for (const colorScheme of ["light", "dark"])
  test(`nothing stands in the way of those who cannot see or point well, ${colorScheme}`, async () => {
    await open_all({ colorScheme }, async (page, path) => assert.deepEqual(await offences(page), [], path));
    const docs = await cluster.browser.newPage({ colorScheme });
    await docs.goto(`${cluster.url}/docs#enqueue_jobs`);
    await docs.getByText("On a command line").waitFor();
    assert.deepEqual(await offences(docs), []);
    await docs.close();
  });

test("what changes while one looks does not push the rest about", async () => {
  const page = await cluster.open("overview");
  for (const path of ["overview", "queues", "nodes", "caches"]) {
    await page.goto(`${cluster.url}/#/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator("main :is(table, .figures)").first().waitFor();
    await page.evaluate(() => {
      window.shifts = 0;
      const observer = new PerformanceObserver((list) => list.getEntries().forEach((x) => (window.shifts += x.value)));
      observer.observe({ type: "layout-shift" });
    });
    const jobs = Array.from({ length: 40 }, (_, i) => ({ payload: i }));
    await cluster.request("POST", "/v1/queues/mail/jobs", { jobs });
    await overviews(page, 4);
    const shifts = await page.evaluate(() => window.shifts);
    assert.ok(shifts < 0.02, `${path} moved by ${shifts}`);
  }
  await page.close();
});

test("the keyboard leads everywhere, and says how", async () => {
  const page = await cluster.open("overview");
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Dead letters").waitFor();
  await page.keyboard.press("Escape");
  for (const [key, title] of Object.entries({ q: "Queues", d: "Dead letters", w: "Nodes and workers", r: "Collections", c: "Cache", o: "Overview" })) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
  }
  await page.keyboard.press("g");
  await page.keyboard.press("q");
  await page.locator("main tbody th a").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const name = await page.locator("main tbody th a").nth(1).textContent();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), name);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("gq?");
  assert.equal(await page.getByRole("searchbox").first().inputValue(), "gq?");
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.deepEqual(page.problems, []);
  await page.close();
});
