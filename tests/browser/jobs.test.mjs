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
  await shown(page, "There are no dead jobs");
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
  await shown(page, /It is scheduled to run in (10 min|9 min \d+ s)\./);

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

  await shown(page, "3 jobs of reports cancelled");
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
  assert.equal(await page.getByRole("combobox", { name: "Tag" }).inputValue(), "spring");
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
  await shown(page, "No jobs match.");
  assert.deepEqual(page.problems, []);
  await page.close();
});

/** Holds what a page asks for back, until it is let go. */
async function held_back(page, pattern) {
  let let_go;
  const gate = new Promise((resolve) => (let_go = resolve));
  await page.route(pattern, async (route) => {
    await gate;
    await route.fallback();
  });
  return let_go;
}

test("while a search runs, the list of the one before is grey, and nothing is said to be found", async () => {
  const id = await cluster.enqueue("mail", "an apple");
  const page = await cluster.open("jobs?queue=mail&text=apple");
  await shown(page, "found 1 job.");
  const let_go = await held_back(page, "**/v1/jobs?*text=cherry*");
  await page.keyboard.press("/");
  await page.keyboard.type("cherry");

  await page.getByRole("status").getByText("Searching…").waitFor();
  await page.locator("[aria-busy=true].stale").getByRole("link", { name: id }).waitFor();
  assert.equal(await page.getByText("found 1 job").count(), 0);

  let_go();
  await shown(page, "No jobs match.");
  assert.equal(await page.getByRole("link", { name: id }).count(), 0);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("a search for a text says how far it got, and goes on", async () => {
  const id = await cluster.enqueue("mail", "the needle");
  const straw = Array.from({ length: 5_000 }, () => ({ payload: 0, delay_ms: 600_000 }));
  for (let i = 0; i < 2; ++i) await cluster.request("POST", "/v1/queues/mail/jobs", { jobs: straw });
  const page = await cluster.open("jobs?text=needle");
  await shown(page, "Searched the newest 10,000 jobs: found none.");

  await page.getByRole("link", { name: "Search older jobs" }).click();

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
  await shown(page, "not updated while the pointer is over the list");
  await eventually("the page knows of the new job", async () => (await cluster.get("/v1/jobs?queue=reports")).jobs[0].id === id);
  assert.equal(await first.textContent(), text);

  await page.mouse.move(10, 10);

  await page.getByRole("link", { name: id }).waitFor();
  await page.close();
});

test("what failed says what to do about it", async () => {
  const page = await cluster.open("jobs/987654321");
  const alert = page.getByRole("alert");
  await alert.getByText(/\w\. Jobs are deleted when their retention ends\.$/).waitFor();
  assert.equal(await alert.locator("code").count(), 0);
  assert.equal(await alert.getByRole("button").count(), 0, "it would not help to try again");
  await page.close();
});

test("a redrive goes on when its page is left, is seen everywhere, and can be stopped there", async () => {
  const page = await cluster.open("dead");
  let asked = 0;
  let answer_next;
  await page.route("**/v1/queues/invoices.dead:redrive*", async (route) => {
    ++asked;
    await new Promise((resolve) => (answer_next = resolve));
    await route.fulfill({ json: { moved: 100, left: 1000 - 100 * asked } });
  });
  cluster.untouch("repaired");
  await cluster.enqueue("invoices", "burn");
  const redrive = page.getByRole("button", { name: "Redrive invoices.dead" });
  await eventually("there is a dead letter", () => redrive.isEnabled());
  await redrive.click();
  await eventually("the first step has begun", () => asked === 1);
  answer_next();

  await page.getByRole("link", { name: "Collections" }).click();
  await page.getByRole("heading", { level: 1, name: "Collections" }).waitFor();
  const task = page.getByRole("region", { name: "Redriving invoices.dead" });
  await task.getByText("100 done, 900 left").waitFor();
  await eventually("it goes on", () => asked === 2);

  await task.getByRole("button", { name: "Stop" }).click();
  answer_next();

  await shown(page, "Stopped: 200 jobs went back");
  await task.waitFor({ state: "detached" });
  assert.equal(asked, 2);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("a question is shown whole", async () => {
  await cluster.request("POST", "/v1/queues/reports/jobs", { payload: {}, delay_ms: 600_000 });
  const page = await cluster.open("queues");
  await page.getByRole("button", { name: "Purge reports" }).click();
  const dialog = page.getByRole("dialog");
  const [shown_px, whole_px] = await dialog.evaluate((x) => [x.clientWidth, Math.max(...[x, ...x.children].map((y) => y.scrollWidth))]);
  assert.ok(whole_px <= shown_px, `${whole_px} px in ${shown_px}`);
  await dialog.getByRole("button", { name: "Go back" }).click();
  await page.close();
});

test("a purge cancels no more jobs than its question named", async () => {
  const page = await cluster.open("queues");
  const asked = [];
  await page.route("**/v1/queues/reports:purge*", async (route) => {
    const limit = Number(new URL(route.request().url()).searchParams.get("limit"));
    asked.push(limit);
    // Somebody goes on to send jobs.
    await route.fulfill({ json: { cancelled: Math.min(limit, 2), left: 1000 } });
  });
  await page.getByRole("button", { name: "Purge reports" }).click();
  const question = await page.getByRole("dialog").getByRole("paragraph").textContent();
  const waiting = Number(/^Cancel (\d+) waiting/.exec(question)[1]);
  await page.getByRole("dialog").getByRole("button", { name: "Purge" }).click();

  await shown(page, `${waiting} job${waiting === 1 ? "" : "s"} of reports cancelled`);
  assert.deepEqual(asked, Array.from({ length: Math.ceil(waiting / 2) }, (_, i) => waiting - 2 * i));
  await page.close();
});
