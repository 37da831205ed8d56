// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createServer, get } from "node:http";
import { after, before, test } from "node:test";
import { Cluster, eventually, shown } from "./cluster.mjs";

let cluster;
before(async () => (cluster = await Cluster.start()));
after(() => cluster?.stop());

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

test("a worker is drained, after a question, and resumed", async () => {
  const page = await cluster.open("nodes");
  const card = page.locator("[data-worker=worker-2]:not(.gone)");
  await card.getByText(/heartbeat \d+/).waitFor();
  await card.getByRole("button", { name: "Drain worker-2" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Drain" }).click();
  await card.getByText("draining").waitFor();

  await card.getByRole("button", { name: "Resume worker-2" }).click();

  await card.getByText("alive").waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("the overview tells how long jobs wait and run, and how exactly that is known", async () => {
  const page = await cluster.open("overview");
  const chart = (name) => page.locator("figure", { hasText: name });
  await eventually("jobs are counted", async () => {
    await cluster.enqueue("mail");
    const texts = await Promise.all(["Start latency", "Run time"].map((x) => chart(x).locator(".legend").textContent()));
    return texts.every((x) => /50 % ≤ [\d.]+ m?s.*99 % ≤ [\d.]+ m?s/.test(x));
  });

  await page.getByRole("button", { name: "Start latency: how it is measured" }).click();

  await page.getByText("the line is its upper bound").first().waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("the overview tells how old the oldest dead letter is", async () => {
  const page = await cluster.open("overview");
  const figure = page.locator(".figure", { hasText: "Dead letters" });
  await figure.getByText("none").waitFor();

  await cluster.job_in(await cluster.enqueue("invoices"), "dead");
  await figure.getByText(/oldest \d+ s/).waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("the cache's page leads to the records that are read most", async () => {
  const often = await cluster.create_note({ title: "Read often" });
  const seldom = await cluster.create_note({ title: "Read seldom" });
  const read = (x) => cluster.get(`/v1/collections/notes/records/${x.id}`);
  const page = await cluster.open("caches");
  const first = page.locator(".hot li").first();
  await eventually("the records are counted", async () => {
    for (let i = 0; i < 20; ++i) await read(often);
    await read(seldom);
    return (await first.count()) && (await first.getByRole("link").getAttribute("title")) === `notes/${often.id}`;
  });
  await page.getByRole("button", { name: "By owner" }).click();
  await page.locator(".hot h3", { hasText: "control/" }).first().waitFor();

  await first.getByRole("link").click();

  await eventually("the record is shown", async () => (await page.getByLabel("title").inputValue()) === "Read often");
  assert.deepEqual(page.problems, []);
  await page.close();
});

test("the page of nodes tells how many messages wait", async () => {
  const page = await cluster.open("nodes");
  for (const name of ["Dispatcher", "Store", /Cache control/])
    await page.locator(".mailboxes div", { hasText: name }).getByText(/^[\d,]+$/).waitFor();
  await page.close();
});

test("a page that lost its gateway says so, and how old it is, and comes back by itself", async () => {
  const { url } = cluster;
  let open = [];
  const between = createServer((asked, answer) => {
    open.push(answer);
    const behind = get(url + asked.url, (x) => {
      answer.writeHead(x.statusCode, { "Content-Type": x.headers["content-type"] });
      x.pipe(answer);
    });
    behind.on("error", () => answer.destroy());
    answer.on("close", () => behind.destroy());
  });
  const listen = (port) => new Promise((resolve) => between.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = between.address();
  const page = await cluster.browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.getByText("all alive").waitFor();

  between.close();
  for (const x of open) x.destroy();
  await page.getByText(/connection lost, trying again · as of \d\d:\d\d:\d\d/).waitFor();

  open = [];
  await listen(port);
  await page.locator(".connection.live").waitFor();
  await page.close();
  between.close();
  for (const x of open) x.destroy();
});
