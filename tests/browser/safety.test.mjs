// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Cluster } from "./cluster.mjs";

let cluster;
before(async () => (cluster = await Cluster.start()));
after(() => cluster?.stop());

const html = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

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
