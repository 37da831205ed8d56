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
  await shown(job, `It is running on ${running.node}`);
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
  await shown(job, `It is running on ${other}`);
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

/** A server between a page and the cluster, which can be away. */
async function stand_between() {
  let open = [];
  const server = createServer((asked, answer) => {
    open.push(answer);
    const behind = get(cluster.url + asked.url, (x) => {
      answer.writeHead(x.statusCode, { "Content-Type": x.headers["content-type"] });
      x.pipe(answer);
    });
    behind.on("error", () => answer.destroy());
    answer.on("close", () => behind.destroy());
  });
  const listen = (port) => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/`,
    come_back: () => listen(port),
    // Tells no more, and keeps its connections.
    fall_silent: () => open.forEach((x) => (x.write = () => true)),
    leave: () => {
      server.close();
      for (const x of open) x.destroy();
      open = [];
    },
  };
}

test("a page that lost its gateway says so, and since when, and is grey until it comes back", async () => {
  const between = await stand_between();
  const page = await cluster.browser.newPage();
  await page.goto(between.url);
  await page.getByText("all alive").waitFor();
  assert.equal(await page.locator("main.lost").count(), 0);

  between.leave();
  await page.getByRole("alert").getByText(/has not answered since \d\d:\d\d:\d\d: what you see is from then/).waitFor();
  await page.locator("main.lost").getByText("all alive").waitFor();

  await between.come_back();
  await page.locator(".connection.live").waitFor();
  await page.locator("main:not(.lost)").waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  await page.close();
  between.leave();
});

test("a gateway that keeps the connection but says nothing more is lost, too", async () => {
  const between = await stand_between();
  const page = await cluster.browser.newPage();
  await page.goto(between.url);
  await page.getByText("all alive").waitFor();

  between.fall_silent();

  await page.getByRole("alert").getByText("has not answered since").waitFor();
  await page.close();
  between.leave();
});

test("times are by the server's clock, whatever the browser's says", async () => {
  const id = await cluster.enqueue("mail");
  await cluster.job_in(id, "succeeded");
  const page = await cluster.browser.newPage();
  await page.addInitScript(() => {
    const real = Date.now.bind(Date);
    Date.now = () => real() + 3_600_000;
  });
  await page.goto(`${cluster.url}/#/jobs/${id}`);
  await page.locator(".connection.live").waitFor();
  await page.locator("dl.facts small", { hasText: /^(just now|\d+ s ago)$/ }).first().waitFor();
  await page.close();
});
