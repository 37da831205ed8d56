// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, eventually, shown } from "./cluster.mjs";

let cluster;
before(async () => (cluster = await Cluster.start({ auth: true })));
after(() => cluster?.stop());

test("S1 where tokens are needed the dashboard asks for one, and shows nothing before", async () => {
  const page = await cluster.browser.newPage();
  const refused = [];
  page.on("response", (x) => x.status() === 401 && refused.push(x.url()));
  await page.goto(cluster.url);
  await shown(page, "This cluster requires a token");
  assert.equal(await page.getByRole("navigation").count(), 0);

  await page.getByLabel("Token").fill("troupe_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await shown(page, "This token is unknown, or it has expired");

  await page.getByLabel("Token").fill(cluster.make_token("reader", "cluster:read"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("all alive").waitFor();
  assert.equal(await page.evaluate(() => document.cookie), "");
  await page.reload();
  await page.getByText("all alive").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await shown(page, "This cluster requires a token");
  assert.ok(refused.every((x) => x.endsWith("/v1/session")));
  await page.close();
});

/** A page whose reader is signed in with a new token of these scopes. */
async function signed_in(path, name, ...scopes) {
  const page = await cluster.browser.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${cluster.url}/#/${path}`);
  await page.getByLabel("Token").fill(cluster.make_token(name, ...scopes));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Sections" }).waitFor();
  return page;
}

test("S1 who may only look sees what the token lacks before acting", async () => {
  const page = await signed_in("queues", "onlooker", "cluster:read", "records:read:*");
  const pause = page.getByRole("button", { name: "Pause mail" });
  await pause.waitFor();
  assert.ok(await pause.isDisabled());
  assert.equal(await pause.getAttribute("title"), "Your token lacks the scope admin.");

  await page.goto(`${cluster.url}/#/collections/notes`);
  const fresh = page.getByRole("button", { name: "New record" });
  await fresh.waitFor();
  assert.equal(await fresh.getAttribute("title"), "Your token lacks the scope records:write:notes.");
  await page.goto(`${cluster.url}/#/nodes`);
  assert.ok(await page.getByRole("button", { name: "Drain worker-1" }).isDisabled());
  await page.close();
});

test("S1 a page that needs more than a token has says so instead of waiting", async () => {
  const page = await signed_in("overview", "job-reader", "jobs:read");
  await shown(page, "This page needs the scope");
  assert.equal(await page.getByRole("alert").count(), 0);
  assert.equal(await page.locator("main.lost").count(), 0);
  await page.close();
});

test("why something failed is not shown on the next page", async () => {
  const page = await signed_in("queues", "boss", "admin");
  await page.route("**/v1/queues/mail:pause", (route) => route.fulfill({ status: 503, json: { code: "overloaded", detail: "too much is going on" } }));
  await page.getByRole("button", { name: "Pause mail" }).click();
  await page.getByRole("status").getByText("Too much is going on.").waitFor();

  await page.getByRole("link", { name: "Collections" }).click();

  await page.getByRole("heading", { level: 1, name: "Collections" }).waitFor();
  assert.equal(await page.getByText("Too much is going on").count(), 0);
  await page.close();
});

test("what was typed survives the end of a token, and the write is repeated", async () => {
  const page = await signed_in("collections/notes/new", "brief", "cluster:read", "records:read:*", "records:write:*");
  await page.getByLabel("title").fill("Typed for an hour");
  await page.getByLabel("body").fill("Every word of it");
  const { cookies } = await page.context().storageState();
  const [{ name, value }] = cookies;
  cluster.revoke_token("brief");
  await eventually("the gateway knows that the token is void", async () => {
    const answer = await fetch(`${cluster.url}/v1/collections`, { headers: { Cookie: `${name}=${value}` } });
    return answer.status === 401;
  });
  await page.getByRole("button", { name: "Create" }).click();
  const again = page.getByRole("dialog", { name: "Sign in again" });
  await again.waitFor();
  assert.equal(await page.locator("#field-body").inputValue(), "Every word of it");
  await again.getByLabel("Token").fill(cluster.make_token("last", "cluster:read", "records:read:*", "records:write:*"));
  await again.getByRole("button", { name: "Sign in" }).click();

  await shown(page, "was created");
  await page.getByLabel("title").waitFor();
  assert.equal(await page.getByLabel("title").inputValue(), "Typed for an hour");
  await page.close();
});
