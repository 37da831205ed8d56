// SPDX-License-Identifier: Apache-2.0
// The page that shows the HTTP interface.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Cluster } from "./cluster.mjs";

/** The page, which must load nothing from elsewhere and run without errors. */
async function open_docs(cluster, hash = "", options = {}) {
  const page = await cluster.browser.newPage({
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  page.setDefaultTimeout(20_000);
  page.problems = [];
  page.on("pageerror", (e) => page.problems.push(e.message));
  page.on("request", (x) => x.url().startsWith(cluster.url) || page.problems.push(x.url()));
  await page.goto(`${cluster.url}/docs${hash}`);
  return page;
}

async function close(page) {
  assert.deepEqual(page.problems, []);
  await page.close();
}

const operation = (page, name) => page.locator(`details.operation[id="${name}"]`);

describe("without tokens", () => {
  let cluster;
  before(async () => (cluster = await Cluster.start()));
  after(() => cluster?.stop());

  test("the page shows every operation and every code of errors", async () => {
    const { paths, components } = await cluster.get("/openapi.json");
    const names = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .map((x) => x.operationId);
    const page = await open_docs(cluster);

    await operation(page, "list_queues").waitFor();
    const shown = await page
      .locator("details.operation")
      .evaluateAll((all) => all.map((x) => x.id));
    assert.deepEqual(shown.sort(), names.sort());
    const codes = await page.locator(".codes dt").allTextContents();
    assert.deepEqual(
      codes,
      components.schemas.error_code.oneOf.map((x) => x.const),
    );
    await page.getByText("No token is needed here").waitFor();

    await page.getByLabel("Find an operation").fill("redrive");
    await operation(page, "list_queues").waitFor({ state: "detached" });
    assert.equal(await page.locator("details.operation").count(), 1);
    await close(page);
  });

  test("an address with an operation's name opens it, and each has such a link", async () => {
    const page = await open_docs(cluster, "#enqueue_jobs");
    const enqueue = operation(page, "enqueue_jobs");
    await enqueue.getByText("On a command line").waitFor();
    await enqueue.getByText("jobs:enqueue:*").waitFor();
    await enqueue.getByText("One job", { exact: true }).waitFor();
    assert.equal(await page.locator("details.operation[open]").count(), 1);

    await page.getByRole("link", { name: "Link to get_job", exact: true }).click();
    await operation(page, "get_job").getByText("On a command line").waitFor();
    assert.equal(new URL(page.url()).hash, "#get_job");
    await close(page);
  });

  test("a GET can be tried, with its parameters, and a stream can be stopped", async () => {
    const id = await cluster.enqueue("mail", "<b>hello</b>");
    await cluster.job_in(id, "succeeded");
    const page = await open_docs(cluster, "#get_job");
    const job = operation(page, "get_job");
    await job.getByRole("textbox", { name: "job required" }).fill(id);
    await job.getByRole("button", { name: "Send" }).click();
    const answer = job.getByRole("region", { name: "Answer" });
    await answer.getByText(`GET /v1/jobs/${id}`).waitFor();
    await answer.getByText("content-type: application/json").waitFor();
    await answer.getByText("<b>hello</b>").waitFor();

    await page.goto(`${cluster.url}/docs#list_jobs`);
    const list = operation(page, "list_jobs");
    await list.getByRole("textbox", { name: "state" }).fill("tired");
    await list.getByRole("button", { name: "Send" }).click();
    await list.getByText("no state is called 'tired'").waitFor();

    await page.goto(`${cluster.url}/docs#watch_overview`);
    const live = operation(page, "watch_overview");
    await live.getByRole("button", { name: "Send" }).click();
    await live.getByText("event: overview").first().waitFor();
    await live.getByRole("button", { name: "Stop" }).click();
    await live.getByRole("button", { name: "Send" }).waitFor();
    await close(page);
  });

  test("the keyboard opens an operation and sends a request", async () => {
    const page = await open_docs(cluster);
    const nodes = operation(page, "list_nodes");
    await nodes.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    const send = nodes.getByRole("button", { name: "Send" });
    await send.waitFor();
    for (let i = 0; i < 20 && !(await send.evaluate((x) => x === document.activeElement)); ++i)
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await nodes.getByText("worker-1").waitFor();
    await close(page);
  });

  test("on a phone nothing is wider than the page, and dark is dark", async () => {
    const phone = { viewport: { width: 390, height: 800 } };
    const background = (page) =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = async (page) =>
      Math.max(...(await background(page)).match(/\d+/g).map(Number));
    for (const colorScheme of ["light", "dark"]) {
      const page = await open_docs(cluster, "#create_record_of_notes", { ...phone, colorScheme });
      await operation(page, "create_record_of_notes").getByText("On a command line").waitFor();
      await page.getByRole("link", { name: "Link to list_jobs", exact: true }).click();
      await operation(page, "list_jobs").getByText("On a command line").waitFor();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${width} pixels`);
      assert.equal((await brightness(page)) > 128, colorScheme === "light");
      await close(page);
    }
  });
});

describe("with tokens", () => {
  let cluster;
  before(async () => (cluster = await Cluster.start({ auth: true })));
  after(() => cluster?.stop());

  test("S1 the page asks for a token, and keeps it where scripts cannot read it", async () => {
    const token = cluster.make_token("reader", "cluster:read");
    const page = await open_docs(cluster, "#list_nodes");
    await page.getByText("This cluster requires a token").waitFor();
    assert.equal(await page.locator("details.operation").count(), 0);

    await page.getByLabel("Token").fill("troupe_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This token is unknown, or it has expired").waitFor();

    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("cluster:read", { exact: false }).first().waitFor();
    const nodes = operation(page, "list_nodes");
    await nodes.getByRole("button", { name: "Send" }).click();
    await nodes.getByText("worker-1").waitFor();
    assert.ok(!page.url().includes("troupe_"));
    const kept = await page.evaluate(() => [
      document.cookie,
      localStorage.length,
      sessionStorage.length,
    ]);
    assert.deepEqual(kept, ["", 0, 0]);

    await page.reload();
    await nodes.waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("This cluster requires a token").waitFor();
    assert.equal(await page.locator("details.operation").count(), 0);
    await close(page);
  });

  test("S1 whose token may not read the document is told which scope is missing", async () => {
    const page = await open_docs(cluster);
    await page.getByLabel("Token").fill(cluster.make_token("writer", "jobs:enqueue:mail"));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("cluster:read").waitFor();
    await close(page);
  });
});
