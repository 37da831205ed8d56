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
