import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Cluster, eventually, shown } from "./cluster.mjs";

let cluster;
before(async () => (cluster = await Cluster.start()));
after(() => cluster?.stop());

const html = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

test("the dashboard shows a worker's death, and where its job goes on, without a reload", async () => {
  const id = await cluster.enqueue("reports");
  const running = await cluster.job_in(id, "running");
  const other = running.node === "worker-1" ? "worker-2" : "worker-1";
  const [overview, nodes, job] = await Promise.all(
    ["overview", "nodes", `jobs/${id}`].map((x) => cluster.open(x)),
  );
  await shown(job, `It runs on ${running.node}`);
  await nodes.locator(`[data-worker=${running.node}]`).getByText("alive").waitFor();
  await eventually("the overview knows both workers", () =>
    overview.locator(".figure", { hasText: "Workers" }).locator("b", { hasText: "2" }).count(),
  );
  const { nodes: processes } = await cluster.get("/v1/nodes");

  process.kill(processes.find((x) => x.name === running.node).pid, "SIGKILL");

  const log = overview.getByRole("log");
  await log.getByText(`Worker ${running.node} is gone`).waitFor();
  await log.getByText(`was lost with ${running.node}`).waitFor();
  await log.getByText(`was handed out again, to ${other}`).waitFor();
  await nodes.locator(".gone", { hasText: running.node }).waitFor();
  await shown(job, `It runs on ${other}`);
  await job.getByText("lease lost").waitFor();
  cluster.touch("go");
  await job.getByText(`It succeeded on ${other}`).waitFor();
  await job.getByText("written").waitFor();
  for (const page of [overview, nodes, job]) {
    assert.deepEqual(page.problems, []);
    await page.close();
  }
});

test("a dead job is retried by a click", async () => {
  const id = await cluster.enqueue("invoices", { number: 7 });
  const page = await cluster.open("dead");
  await shown(page, "the printer is on fire");
  cluster.touch("repaired");

  await page.getByRole("button", { name: `Retry job ${id}` }).click();

  await cluster.job_in(id, "succeeded");
  await shown(page, "No job was given up");
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("dead letters are sent back by a click", async () => {
  const page = await cluster.open("dead");
  const redrive = page.getByRole("button", { name: "Redrive invoices.dead" });
  await eventually("there is a dead letter", () => redrive.isEnabled());

  await redrive.click();

  await shown(page, "1 job went back");
  await eventually("the queue is empty", () => redrive.isDisabled());
  await page.close();
});

test("a job says in one sentence why it is not running", async () => {
  const { ids } = await cluster.request("POST", "/v1/queues/mail/jobs", { payload: {}, delay_ms: 600_000 });
  const page = await cluster.open(`jobs/${ids[0]}`);
  await shown(page, /It waits for its time, in (10 min|9 min \d+ s)\./);

  await page.getByRole("button", { name: "Cancel the job" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the job" }).click();

  await shown(page, "It was cancelled");
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("a queue is paused and resumed by a click, and its jobs say so", async () => {
  const page = await cluster.open("queues");
  await page.getByRole("button", { name: "Pause mail" }).click();
  await page.locator("tr", { has: page.getByRole("link", { name: "mail", exact: true }) }).getByText("paused").waitFor();
  const id = await cluster.enqueue("mail");
  const job = await cluster.open(`jobs/${id}`);
  await shown(job, "its queue mail is paused");

  await page.getByRole("button", { name: "Resume mail" }).click();

  await cluster.job_in(id, "succeeded");
  await shown(job, "It succeeded");
  for (const x of [page, job]) {
    assert.deepEqual(x.problems, []);
    await x.close();
  }
});

test("a queue is purged, after a question", async () => {
  const { ids } = await cluster.request("POST", "/v1/queues/reports/jobs", {
    jobs: [1, 2, 3].map(() => ({ payload: {}, delay_ms: 600_000 })),
  });
  const page = await cluster.open("queues");
  await page.getByRole("button", { name: "Purge reports" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Purge" }).click();

  await shown(page, "3 jobs of reports were cancelled");
  await cluster.job_in(ids[0], "cancelled");
  await page.close();
});

test("a worker is drained, after a question", async () => {
  const page = await cluster.open("nodes");
  const card = page.locator("[data-worker=worker-2]:not(.gone)");
  await card.getByRole("button", { name: "Drain worker-2" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Drain" }).click();

  await card.getByText("draining").waitFor();
  await page.close();
});

test("a record is edited, and an edit of what somebody else changed is refused", async () => {
  const note = await cluster.create_note({ title: "Bread", body: "Flour", stars: 3 });
  const path = `/v1/collections/notes/records/${note.id}`;
  const page = await cluster.open(`collections/notes/records/${note.id}`);
  const save = page.getByRole("button", { name: "Save" });
  await page.getByLabel("title").fill("Rye bread");
  await save.click();
  await shown(page, "Saved.");
  assert.equal((await cluster.get(path)).title, "Rye bread");

  // The other change reaches the server while this page cannot hear of it.
  await page.route("**/changes*", (route) => route.abort());
  await page.reload();
  await page.getByLabel("title").fill("Spelt bread");
  await cluster.request("PATCH", path, { body: "Flour and water" }, { "Content-Type": "application/merge-patch+json" });
  await save.click();

  await page.getByRole("alert").getByText("Not saved: Somebody changed this record").waitFor();
  await page.getByText("Now stored: Flour and water").waitFor();
  assert.equal((await cluster.get(path)).title, "Rye bread");

  await page.getByRole("button", { name: "Keep my changes" }).click();
  await save.click();
  await eventually("both changes are stored", async () => {
    const x = await cluster.get(path);
    return x.title === "Spelt bread" && x.body === "Flour and water";
  });
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("a page that shows a record hears when somebody else changes it", async () => {
  const note = await cluster.create_note({ title: "Soup" });
  const page = await cluster.open(`collections/notes/records/${note.id}`);
  await page.getByLabel("title").waitFor();

  await cluster.request("PATCH", `/v1/collections/notes/records/${note.id}`, { stars: 5 }, { "Content-Type": "application/merge-patch+json" });

  await page.getByRole("alert").getByText("Somebody changed this record").waitFor();
  await page.close();
});

test("what is wrong with a record stands at its field", async () => {
  const page = await cluster.open("collections/notes/new");
  await page.getByLabel("body").fill("no title");
  await page.getByLabel("stars").fill("9");
  await page.getByRole("button", { name: "Create" }).click();

  await page.locator("#field-title-error").getByText("missing").or(page.locator("#field-title-error")).waitFor();
  await page.locator("#field-stars-error").waitFor();
  await eventually("the first wrong field has the focus", () =>
    page.evaluate(() => document.activeElement?.id === "field-title"),
  );

  await page.getByLabel("title").fill("A title");
  await page.getByLabel("stars").fill("4");
  await page.getByRole("button", { name: "Create" }).click();
  await shown(page, "was created");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await shown(page, "was deleted");
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("S2 HTML in titles, payloads and errors is shown as text", async () => {
  const note = await cluster.create_note({ title: html, body: html });
  const id = await cluster.enqueue("mail", html);
  await cluster.job_in(id, "succeeded");

  const list = await cluster.open("collections/notes?q=onerror");
  await list.getByText(html).first().waitFor();
  const record = await cluster.open(`collections/notes/records/${note.id}`);
  assert.equal(await record.getByLabel("title").inputValue(), html);
  const job = await cluster.open(`jobs/${id}`);
  await job.getByLabel("Payload").getByText(html).waitFor();
  for (const page of [list, record, job]) {
    assert.equal(await page.locator("main img, main script, main b b").count(), 0);
    assert.deepEqual(page.problems, []);
    await page.close();
  }
});

test("S2 a script that gets into the page all the same does not run", async () => {
  const page = await cluster.open("overview");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.injected), undefined);
  await page.close();
});

test("S2 a page of another site can change nothing", async () => {
  const server = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><title>elsewhere</title>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await cluster.browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  const count = async () => (await cluster.get("/v1/jobs?queue=mail&limit=1000")).jobs.length;
  const jobs = await count();

  await page.evaluate(
    (url) => fetch(url, { method: "POST", mode: "no-cors", body: '{"payload":1}' }).catch(() => null),
    `${cluster.url}/v1/queues/mail/jobs`,
  );

  assert.equal(await count(), jobs);
  await page.close();
  server.close();
});

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

test("every page fits a phone", async () => {
  const note = await cluster.create_note({ title: "A".repeat(150) });
  const id = await cluster.enqueue("mail", "x".repeat(500));
  const page = await cluster.open("overview", { viewport: { width: 360, height: 740 } });
  for (const path of ["overview", "queues", "jobs", `jobs/${id}`, "dead", "nodes", "collections", "collections/notes", `collections/notes/records/${note.id}`, "caches"]) {
    await page.goto(`${cluster.url}/#/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle", { timeout: 500 }).catch(() => {});
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${path} is ${width} pixels wide`);
  }
  assert.deepEqual(page.problems, []);
  await page.close();
});
