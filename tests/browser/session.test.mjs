// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, shown } from "./cluster.mjs";

let cluster;
before(async () => (cluster = await Cluster.start({ auth: true })));
after(() => cluster?.stop());

test("S1 where tokens are needed the dashboard asks for one, and shows nothing before", async () => {
  const page = await cluster.browser.newPage();
  const refused = [];
  page.on("response", (x) => x.status() === 401 && refused.push(x.url()));
  await page.goto(cluster.url);
  await shown(page, "This cluster wants a token");
  assert.equal(await page.getByRole("navigation").count(), 0);

  await page.getByLabel("Token").fill("troupe_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await shown(page, "No such token is known here");

  await page.getByLabel("Token").fill(cluster.make_token("reader", "cluster:read"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("all alive").waitFor();
  assert.equal(await page.evaluate(() => document.cookie), "");
  await page.reload();
  await page.getByText("all alive").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await shown(page, "This cluster wants a token");
  assert.ok(refused.every((x) => x.endsWith("/v1/session")));
  await page.close();
});

test("S1 who may only look is told so when acting", async () => {
  const page = await cluster.browser.newPage();
  await page.goto(`${cluster.url}/#/queues`);
  await page.getByLabel("Token").fill(cluster.make_token("onlooker", "cluster:read"));
  await page.getByRole("button", { name: "Sign in" }).click();

  await page.getByRole("button", { name: "Pause mail" }).click();

  await page.getByRole("status").getByText("admin").waitFor();
  assert.equal(await page.getByRole("button", { name: "Resume mail" }).count(), 0);
  await page.close();
});
