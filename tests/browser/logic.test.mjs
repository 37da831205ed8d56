// SPDX-License-Identifier: Apache-2.0
// What the dashboard thinks, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

async function load(name) {
  const { outputFiles } = await build({
    entryPoints: [`${process.env.SOURCES}/${name}.ts`],
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const { why_not_running } = await load("why");
const form = await load("record_form");
const format = await load("format");
const latency = await load("latency");
const { hot_by_collection } = await load("hot_keys");
const { find_oldest } = await load("oldest");

const now = Date.parse("2026-01-31T12:00:00Z");
const job = (x) => ({ id: "1", queue: "mail", state: "ready", failures: 0, losses: 0, node: "", reason: "none", run_at: null, ...x });
const queue = (x) => ({ name: "mail", handler: "echo", dead_letter: "mail.dead", ready: 1, ...x });
const letters = { name: "mail.dead", handler: "", dead_letter: "", ready: 1 };
const worker = (x) => ({ node: "w", state: "alive", queues: ["mail"], slots: 2, leases: [], heartbeat_age_ms: 120, ...x });
const why = (x, queues, workers) => why_not_running(job(x), queues, workers, now);

test("a job that waits for its time says for how long", () => {
  assert.match(why({ state: "scheduled", run_at: "2026-01-31T12:02:00Z" }, [], []), /in 2 min\.$/);
  assert.match(
    why({ state: "retrying", failures: 2, run_at: "2026-01-31T12:00:05Z" }, [], []),
    /failed 2 times and waits for its next attempt, in 5.0 s\.$/,
  );
});

test("a ready job says who is missing", () => {
  assert.match(why({}, [queue()], []), /no worker takes jobs of mail/);
  assert.match(why({}, [queue()], [worker({ queues: ["other"] })]), /no worker takes jobs of mail/);
  assert.match(why({}, [queue()], [worker({ state: "draining" })]), /none of the 1 worker .* \(draining\)/);
  assert.match(why({}, [queue({ paused: true })], [worker()]), /its queue mail is paused/);
  assert.match(why({ queue: "mail.dead" }, [queue(), letters], []), /nobody works on/);
});

test("a ready job says that all slots are taken, and how many wait with it", () => {
  const busy = worker({ leases: [{ job: "2" }, { job: "3" }] });
  assert.match(why({}, [queue({ ready: 5 })], [busy]), /all 2 of 1 worker are taken; 4 other jobs/);
  assert.match(why({}, [queue()], [busy, worker()]), /should start within moments/);
});

test("a job that is over says why", () => {
  assert.match(why({ state: "dead", failures: 1, reason: "error" }, [], []), /after 1 failure, because its handler failed/);
  assert.match(why({ state: "dead", losses: 3, reason: "lease_lost" }, [], []), /after 3 failures, because its workers were lost/);
  assert.match(why({ state: "running", node: "w" }, [], [worker()]), /runs on w, whose last heartbeat was 120 ms ago/);
});

const schema = {
  type: "object",
  required: ["title"],
  additionalProperties: false,
  properties: {
    title: { type: "string", maxLength: 200 },
    stars: { type: "integer" },
    done: { type: "boolean" },
    tags: { type: "array" },
  },
};

test("a record that nobody touched comes back from its form as it was", () => {
  for (const record of [
    { title: "Bread", stars: 3, done: false, tags: ["a"] },
    { title: "", tags: [] },
    { title: 7, stars: "many", done: "perhaps", tags: null },
  ])
    for (const x of [schema, true]) {
      const fields = form.fields_of(x);
      const read = form.read_texts(fields, form.texts_of(fields, record), record);
      assert.deepEqual(read, { members: record, wrong: {} });
    }
});

test("an emptied field takes its member away", () => {
  const fields = form.fields_of(schema);
  const was = { title: "Bread", stars: 3 };
  const read = form.read_texts(fields, { title: "Bread", stars: "" }, was);
  assert.deepEqual(form.merge_patch(was, read.members), { stars: null });
});

test("what is no JSON is said at its field", () => {
  const fields = form.fields_of(true);
  assert.deepEqual(Object.keys(form.read_texts(fields, { "": "{" }, {}).wrong), [""]);
  assert.deepEqual(Object.keys(form.read_texts(fields, { "": "[1]" }, {}).wrong), [""]);
});

test("a merge patch holds what changed, and says when it cannot", () => {
  const patch = form.merge_patch;
  assert.deepEqual(patch({ a: 1, b: { c: 1, d: 2 } }, { a: 1, b: { c: 1, d: 3 } }), { b: { d: 3 } });
  assert.deepEqual(patch({ a: 1 }, { b: [null] }), { a: null, b: [null] });
  assert.equal(patch({}, { a: null }), null);
  assert.equal(patch({ a: 1 }, { a: { b: null } }), null);
  assert.deepEqual(patch({ a: [1, { b: null }] }, { a: [1, { b: null }] }), {});
});

test("a pointer leads to its field", () => {
  const fields = form.fields_of({ properties: { "a/b": {}, tags: {} } });
  assert.equal(form.field_at(fields, "/tags/0").name, "tags");
  assert.equal(form.field_at(fields, "/a~1b").name, "a/b");
  assert.equal(form.field_at(fields, "/else"), undefined);
  assert.equal(form.field_at(fields, ""), undefined);
});

test("numbers are read by people", () => {
  assert.equal(format.duration(850), "850 ms");
  assert.equal(format.duration(12_300), "12 s");
  assert.equal(format.duration(200_000), "3 min 20 s");
  assert.equal(format.duration(90_000_000), "1 d 1 h");
  assert.equal(format.bytes(1536), "1.5 KiB");
  assert.equal(format.percent(0.9996), "100 %");
  assert.equal(format.counted(1, "job"), "1 job");
  assert.equal(format.pretty('{"id":12345678901234567890}'), '{"id":12345678901234567890}');
});

test("times are said by how long ago they are", () => {
  const ago = (ms) => format.relative(new Date(now - ms).toISOString(), now);
  assert.equal(ago(400), "just now");
  assert.equal(ago(12_300), "12 s ago");
  assert.equal(ago(-300_000), "in 5 min");
  assert.equal(ago(7_300_000), "2 h ago");
  assert.equal(ago(3 * 86_400_000), "28 Jan");
  assert.equal(ago(40 * 86_400_000), "22 Dec 2025");
});

test("large numbers are shortened where there is no room for them", () => {
  assert.equal(format.compact(98_765), "98,765");
  assert.equal(format.compact(1_234_567), "1.23M");
  assert.equal(format.rate(0.5), "0.5");
});

const bounds = [1, 2.5, 5];

test("a share of times ends in the bucket of its nearest rank", () => {
  const at = (counts, share) => latency.quantile(bounds, counts, share);
  assert.deepEqual(at([1, 0, 1, 0], 0.5), { low: 0, high: 1 });
  assert.deepEqual(at([1, 0, 1, 0], 0.99), { low: 2.5, high: 5 });
  assert.deepEqual(at([0, 0, 0, 3], 0.5), { low: 5, high: Infinity });
  assert.equal(at([0, 0, 0, 0], 0.5), null);
  assert.deepEqual(latency.merged([[1, 2], [3, 4], []]), [4, 6]);
});

test("a time that is known by its bucket is said with its bound", () => {
  assert.equal(latency.bound({ low: 1, high: 2.5 }), "≤ 2.5 ms");
  assert.equal(latency.bound({ low: 1_800_000, high: Infinity }), "> 30 min");
});

test("what several caches read most is told by collection", () => {
  const key = (collection, id, reads) => ({ collection, id, reads });
  const caches = [
    { hot_keys: [key("notes", "a", 5), key("films", "x", 1)] },
    { hot_keys: [key("notes", "b", 9), key("notes", "a", 2)] },
  ];
  assert.deepEqual(hot_by_collection(caches), [
    { collection: "films", keys: [key("films", "x", 1)] },
    { collection: "notes", keys: [key("notes", "b", 9), key("notes", "a", 7)] },
  ]);
});

test("the oldest job is found where lists begin with the newest", async () => {
  for (const ids of [[], [1n], [7n], [3n, 4n, 900n], [(2n << 48n) + 5n, (2n << 48n) + 6n]]) {
    let asked = 0;
    const newest_below = async (before) => {
      ++asked;
      const below = ids.filter((x) => before === null || x < before);
      return below.length > 0 ? { id: below[below.length - 1], created_at: "" } : null;
    };
    const found = await find_oldest(newest_below);
    assert.equal(found?.id, ids[0]);
    assert.ok(asked <= 66, `${asked} questions`);
    asked = 0;
    assert.equal((await find_oldest(newest_below, found))?.id, ids[0]);
    assert.ok(!found || asked === 1);
  }
});
