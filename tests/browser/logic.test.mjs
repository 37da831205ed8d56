// SPDX-License-Identifier: Apache-2.0
// What the dashboard thinks, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

const modules = {
  why: "why",
  form: "record_form",
  format: "format",
  latency: "latency",
  hot_keys: "hot_keys",
  json: "json",
  store: "state/store",
  patience: "patience",
  clock: "state/clock",
};

const no_drawing = {
  name: "no drawing",
  setup(bundler) {
    bundler.onResolve({ filter: /^preact/ }, ({ path }) => ({ path, namespace: "none" }));
    bundler.onLoad({ filter: /./, namespace: "none" }, () => ({ contents: "export const useEffect = 0, useRef = 0, useState = 0" }));
  },
};

// In one bundle: classes that they share are the same in all.
const { outputFiles } = await build({
  stdin: {
    contents: Object.entries(modules).map(([name, path]) => `export * as ${name} from "./${path}";`).join("\n"),
    resolveDir: process.env.SOURCES,
  },
  plugins: [no_drawing],
  bundle: true,
  format: "esm",
  write: false,
});
const all = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
const { form, format, latency, json, clock } = all;
const { why_not_running } = all.why;
const { hot_by_collection } = all.hot_keys;
const { Store } = all.store;
const { retry_delay } = all.patience;

const now = Date.parse("2026-01-31T12:00:00Z");
const job = (x) => ({ id: "1", queue: "mail", state: "ready", failures: 0, losses: 0, node: "", reason: "none", run_at: null, ...x });
const queue = (x) => ({ name: "mail", handler: "echo", dead_letter: "mail.dead", ready: 1, ...x });
const letters = { name: "mail.dead", handler: "", dead_letter: "", ready: 1 };
const worker = (x) => ({ node: "w", state: "alive", queues: ["mail"], slots: 2, leases: [], heartbeat_age_ms: 120, ...x });
const why = (x, queues, workers) => why_not_running(job(x), queues, workers, now);

test("a job that waits for its time says for how long", () => {
  assert.match(why({ state: "scheduled", run_at: "2026-01-31T12:02:00Z" }, [], []), /scheduled to run in 2 min\.$/);
  assert.match(
    why({ state: "retrying", failures: 2, run_at: "2026-01-31T12:00:05Z" }, [], []),
    /failed 2 times and will be tried again in 5.0 s\.$/,
  );
});

test("a ready job says who is missing", () => {
  assert.match(why({}, [queue()], []), /no worker serves mail/);
  assert.match(why({}, [queue()], [worker({ queues: ["other"] })]), /no worker serves mail/);
  assert.match(why({}, [queue()], [worker({ state: "draining" })]), /none of the 1 worker .* \(draining\)/);
  assert.match(why({}, [queue({ paused: true })], [worker()]), /its queue mail is paused/);
  assert.match(why({ queue: "mail.dead" }, [queue(), letters], []), /no worker serves/);
});

test("a ready job says that all slots are taken, and how many wait with it", () => {
  const busy = worker({ leases: [{ job: "2" }, { job: "3" }] });
  assert.match(why({}, [queue({ ready: 5 })], [busy]), /all 2 of 1 worker are taken; 4 other jobs of its queue are waiting, too/);
  assert.match(why({}, [queue()], [busy, worker()]), /should start within moments/);
});

test("a job that is over says why", () => {
  assert.match(why({ state: "dead", failures: 1, reason: "error" }, [], []), /after 1 failure, because its handler failed/);
  assert.match(why({ state: "dead", losses: 3, reason: "lease_lost" }, [], []), /after 3 failures, because its workers were lost/);
  assert.match(why({ state: "running", node: "w" }, [], [worker()]), /running on w, whose last heartbeat was 120 ms ago/);
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
  assert.equal(format.pretty('{"id":12345678901234567890}'), '{\n  "id": 12345678901234567890\n}');
  assert.equal(format.pretty("[1.0, 1e400"), "[1.0, 1e400");
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

// -- numbers that JavaScript would round ---------------------------------------------------------

const typed = { properties: { stars: { type: "integer" }, price: { type: "number" }, tags: { type: "array" } } };
const fields_typed = form.fields_of(typed);
const read_typed = (texts, was = {}) => form.read_texts(fields_typed, { stars: "", price: "", tags: "", "": "", ...texts }, was);

test("JSON is written as it was read, whatever its numbers are like", () => {
  for (const text of ["9007199254740993", "1.0", "-0", "1E5", "0.10", "18446744073709551615", '{"a":[1.50,{"b":12345678901234567890}]}', '{"__proto__":1,"constructor":2}', '"\\u0000\\ud83d\\ude00"'])
    assert.equal(json.write_json(json.parse_json(text)), text === '"\\u0000\\ud83d\\ude00"' ? '"\\u0000\u{1f600}"' : text);
  assert.equal(json.write_json(json.parse_json('{"a": [ ], "b": {}}'), 2), '{\n  "a": [],\n  "b": {}\n}');
});

test("what is not JSON is refused, and it is said where", () => {
  for (const text of ["", " ", "{", "[1,]", "[1 2]", '{"a":1,}', "{a:1}", '{"a" 1}', "01", "1.", ".5", "+1", "1e", "NaN", "'a'", '"a', '"\n"', '"\\x"', "1 2", "nul", "[".repeat(1000)])
    assert.throws(() => json.parse_json(text), json.JsonError, text);
  assert.throws(() => json.parse_json('{"a": 1,\n  b: 2}'), /^Error: line 2, column 3: a name in double quotes/);
  assert.throws(() => json.parse_json('{"a":1,"a":2}'), /the name "a" is there twice/);
});

test("a form stores the numbers that it shows", () => {
  for (const text of ["9007199254740993", "-9223372036854775808", "18446744073709551615"]) {
    assert.equal(json.write_json(read_typed({ stars: text }).members), `{"stars":${text}}`);
    assert.equal(json.write_json(read_typed({ tags: `[${text}]` }).members), `{"tags":[${text}]}`);
  }
  assert.equal(json.write_json(read_typed({ price: " 1.50 " }).members), '{"price":1.50}');
});

test("numbers in a record that nobody touched are sent back as they came", () => {
  const record = json.parse_json('{"stars":9007199254740993,"price":1.0,"tags":[9007199254740993,1],"else":{"x":9007199254740995}}');
  const texts = form.texts_of(fields_typed, record);
  assert.equal(texts.stars, "9007199254740993");
  assert.match(texts[""], /9007199254740995/);
  assert.deepEqual(form.merge_patch(record, form.read_texts(fields_typed, texts, record).members), {});
  const changed = form.read_texts(fields_typed, { ...texts, tags: "[9007199254740993, 2]" }, record).members;
  assert.equal(json.write_json(form.merge_patch(record, changed)), '{"tags":[9007199254740993,2]}');
});

test("what is no number, or none that could be stored, is refused at its field", () => {
  for (const text of ["  ", "abc", "1,5", "0x10", "1e400", "-", "Infinity", "18446744073709551616", "0.1000000000000000055"]) {
    const { members, wrong } = read_typed({ price: text });
    assert.deepEqual([Object.keys(wrong), members], [["price"], {}], text);
  }
  assert.match(read_typed({ price: "abc" }).wrong.price, /must be a number/);
  assert.match(read_typed({ price: "0.1000000000000000055" }).wrong.price, /would be stored as 0.1\./);
  assert.match(read_typed({ tags: "[1e400]" }).wrong.tags, /too large/);
  assert.deepEqual(read_typed({ price: "0.1" }).wrong, {});
  assert.deepEqual(read_typed({ price: "1.50e3" }).wrong, {});
});

test("members without a field are not lost, whatever they are called, and hide no other field", () => {
  const record = json.parse_json('{"":1,"__proto__":{"a":1},"constructor":2}');
  const texts = form.texts_of(fields_typed, record);
  assert.deepEqual(form.merge_patch(record, form.read_texts(fields_typed, texts, record).members), {});
  assert.equal(json.write_json(form.merge_patch(record, {})), '{"":null,"__proto__":null,"constructor":null}');
  assert.match(read_typed({ "": '{"stars":1}' }).wrong[""], /“stars” has a field of its own/);
  assert.match(read_typed({ "": '{"version":1}' }).wrong[""], /“version” is set by Troupe/);
});

// -- state ---------------------------------------------------------------------------------------

test("who watches a value is told at once when it is not the one that was drawn", () => {
  const store = new Store(1);
  const told = [];
  store.set(2);
  store.watch_from(1, () => told.push(store.value));
  const stop = store.watch_from(2, () => told.push(-store.value));
  assert.deepEqual(told, [2]);
  store.set(3);
  stop();
  store.set(4);
  assert.deepEqual(told, [2, 3, -3, 4]);
});

test("readers come back later after each failure, and not all in the same second", () => {
  assert.deepEqual([0, 1, 2, 9].map((x) => retry_delay(x, () => 0.5)), [1000, 2000, 4000, 15_000]);
  assert.deepEqual([0, 0.999].map((x) => Math.round(retry_delay(0, () => x))), [500, 1499]);
});

test("the server's clock counts, not the browser's", () => {
  const here = Date.parse("2026-01-31T12:00:00Z");
  assert.equal(clock.server_now(here), here);
  clock.learn_time("2026-01-31T12:09:59.200Z", here); // this one took longer to come
  clock.learn_time("2026-01-31T12:10:00.000Z", here);
  clock.learn_time("nonsense", here);
  assert.equal(clock.server_now(here), here + 600_000);
});

test("sentences stand beside each other", () => {
  assert.equal(format.sentence("there is no job 7"), "There is no job 7.");
  assert.equal(format.sentence("Ready?"), "Ready?");
  assert.equal(format.sentence(""), "");
});
