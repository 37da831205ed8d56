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
