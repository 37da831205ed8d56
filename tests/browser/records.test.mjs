// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, eventually, shown } from "./cluster.mjs";

let cluster;
before(async () => (cluster = await Cluster.start()));
after(() => cluster?.stop());

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

  await page.getByRole("alert").getByText("Not saved: Someone has changed this record").waitFor();
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

  await page.getByRole("alert").getByText("Someone has changed this record").waitFor();
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

test("a record keeps the numbers that its form shows", async () => {
  const path = (id) => `${cluster.url}/v1/collections/facts/records/${id}`;
  const text_of = async (id) => (await fetch(path(id))).text();
  const page = await cluster.open("collections/facts/new");
  await page.locator("#new-id").fill("numbers");
  await page.locator("#field-count").fill("9007199254740993");
  await page.locator("#field-all").fill("[9007199254740993]");
  await page.getByRole("button", { name: "Create" }).click();
  await shown(page, "was created");
  assert.match(await text_of("numbers"), /"count":9007199254740993/);
  assert.match(await text_of("numbers"), /"all":\[9007199254740993\]/);

  assert.equal(await page.locator("#field-count").inputValue(), "9007199254740993");
  await page.locator("#field-all").fill("[9007199254740993, 9007199254740995]");
  await page.getByRole("button", { name: "Save" }).click();
  await shown(page, "Saved.");
  assert.match(await text_of("numbers"), /"all":\[9007199254740993,9007199254740995\]/);

  for (const [text, why] of [["  ", "must be a number"], ["1e400", "too large"], ["twelve", "must be a number"]]) {
    await page.locator("#field-count").fill(text);
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("#field-count-error").getByText(why).waitFor();
  }
  assert.match(await text_of("numbers"), /"count":9007199254740993/);
  const list = await cluster.open("collections/facts");
  await list.getByText("9007199254740993", { exact: true }).waitFor();
  for (const x of [page, list]) {
    assert.deepEqual(x.problems, []);
    await x.close();
  }
});

/** Counts what a page asks for until the feed that it began anew has heard of a change. */
async function storm(path, list, change, heard) {
  const page = await cluster.browser.newPage();
  page.setDefaultTimeout(20_000);
  const feeds = [];
  let loads = 0;
  page.on("request", (x) => {
    if (list.test(x.url())) ++loads;
  });
  // The first feed begins before all that the server still knows.
  await page.route("**/changes?after=*", async (route) => {
    feeds.push(route.request().url());
    if (feeds.length > 1) return route.fallback();
    return route.fulfill({ contentType: "text/event-stream", body: 'retry: 10\n\nevent: reset\ndata: {"detail":"gone"}\n\n' });
  });
  await page.goto(`${cluster.url}/#/${path}`);
  await eventually("the feed begins anew", () => feeds.length > 1);
  await change();
  await heard(page);
  await page.close();
  return { feeds, loads };
}

test("a feed whose past is gone is begun anew from now, once", async () => {
  const note = await cluster.create_note({ title: "Old news" });
  const change = (title) =>
    cluster.request("PATCH", `/v1/collections/notes/records/${note.id}`, { title }, { "Content-Type": "application/merge-patch+json" });
  const { sequence } = (await cluster.get("/v1/collections")).collections.find((x) => x.name === "notes");

  const list = await storm("collections/notes", /records\?/, () => change("In the list"), (page) => page.getByText("In the list").first().waitFor());
  assert.equal(list.feeds.length, 2, `${list.feeds}`);
  assert.ok(list.loads <= 3, `${list.loads} loads`);

  const record = await storm(`collections/notes/records/${note.id}`, /records\//, () => change("In the record"), (page) =>
    page.getByRole("alert").getByText("Someone has changed this record").waitFor(),
  );
  assert.equal(record.feeds.length, 2, `${record.feeds}`);
  const from = Number(new URL(record.feeds[1]).searchParams.get("after"));
  assert.ok(from >= sequence, `from ${from}, not from ${sequence} or later`);
});
