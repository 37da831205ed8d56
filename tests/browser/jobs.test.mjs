// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, eventually, shown } from "./cluster.mjs";

let cluster;
before(async () => (cluster = await Cluster.start()));
after(() => cluster?.stop());

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

const listed = async (page) => (await page.locator("main tbody th").allTextContents()).sort();

test("jobs are found by a tag, which stands in the address", async () => {
  const tagged = [
    await cluster.enqueue("mail", 1, { tags: ["spring", "letter"] }),
    await cluster.enqueue("mail", 2, { tags: ["spring"] }),
  ];
  const other = await cluster.enqueue("mail", 3, { tags: ["autumn"] });
  const page = await cluster.open("jobs");
  await page.locator("tr", { hasText: other }).getByText("autumn").waitFor();

  await page.locator("tr", { hasText: tagged[1] }).getByRole("link", { name: "spring" }).click();

  await eventually("only these are listed", async () => `${await listed(page)}` === `${tagged}`);
  assert.match(page.url(), /tag=spring/);
  assert.equal(await page.getByLabel("Tag", { exact: true }).inputValue(), "spring");
  const shared = await cluster.open(new URL(page.url()).hash.slice(2));
  await eventually("whoever gets the address sees the same", async () => `${await listed(shared)}` === `${tagged}`);

  await shared.getByRole("link", { name: tagged[0] }).click();
  await shared.getByRole("list", { name: "Tags" }).getByRole("link", { name: "letter" }).click();
  await eventually("a job's tag leads to its list", async () => `${await listed(shared)}` === tagged[0]);
  for (const x of [page, shared]) {
    assert.deepEqual(x.problems, []);
    await x.close();
  }
});

test("jobs are found by a text while it is typed", async () => {
  const id = await cluster.enqueue("mail", { to: "Zebedee" });
  const page = await cluster.open("jobs?queue=mail");
  await page.getByRole("link", { name: id }).waitFor();
  const before = await page.evaluate(() => history.length);
  await page.keyboard.press("/");
  await page.keyboard.type("Zebedee");

  await shown(page, "Searched all: found 1 job.");
  assert.deepEqual(await listed(page), [id]);
  assert.match(page.url(), /queue=mail&text=Zebedee/);
  assert.equal(await page.evaluate(() => history.length), before);
  assert.equal(await page.evaluate(() => document.activeElement?.type), "search");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("nobody has this");
  await shown(page, "No job is like this.");
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("a search for a text says how far it got, and goes on", async () => {
  const id = await cluster.enqueue("mail", "the needle");
  const straw = Array.from({ length: 5_000 }, () => ({ payload: 0, delay_ms: 600_000 }));
  for (let i = 0; i < 2; ++i) await cluster.request("POST", "/v1/queues/mail/jobs", { jobs: straw });
  const page = await cluster.open("jobs?text=needle");
  await shown(page, "Searched the newest 10,000 jobs: found none.");

  await page.getByRole("link", { name: "Search on" }).click();

  await page.getByRole("link", { name: id }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("a job shows the trace behind it, to be copied", async () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const id = await cluster.enqueue("mail", 1, {}, { traceparent: `00-${trace}-00f067aa0ba902b7-01` });
  const page = await cluster.open(`jobs/${id}`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const shown_trace = await page.locator("code", { hasText: trace }).textContent();

  await page.getByRole("button", { name: "Copy traceparent" }).click();

  await shown(page, "Copied traceparent.");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown_trace);
  await page.close();
});

test("a list holds still while the pointer is over it", async () => {
  await cluster.enqueue("reports");
  const page = await cluster.open("jobs?queue=reports");
  const first = page.locator("main tbody th").first();
  await first.waitFor();
  const text = await first.textContent();
  await first.hover();
  const id = await cluster.enqueue("reports");
  await shown(page, "holds still");
  await eventually("the page knows of the new job", async () => (await cluster.get("/v1/jobs?queue=reports")).jobs[0].id === id);
  assert.equal(await first.textContent(), text);

  await page.mouse.move(10, 10);

  await page.getByRole("link", { name: id }).waitFor();
  await page.close();
});

test("what failed says what to do about it", async () => {
  const page = await cluster.open("jobs/987654321");
  const alert = page.getByRole("alert");
  await alert.getByText("Jobs are deleted when their retention is over").waitFor();
  await alert.getByRole("button", { name: "Try again" }).waitFor();
  await page.close();
});
