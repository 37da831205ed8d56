// SPDX-License-Identifier: Apache-2.0
// Shows that the contract's tests can fail.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { strict } from "./arazzo.mjs";
import { undocumented_headers, unseen } from "./audit.mjs";
import { Cluster } from "./cluster.mjs";
import { Recorder } from "./recorder.mjs";
import { test_answers } from "./tester.mjs";

let cluster, recorder, document;
before(async () => {
  cluster = await Cluster.start({ auth: false });
  recorder = await Recorder.start(cluster.url);
  document = strict(await cluster.document(), recorder.url);
  const record = {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: '{"title": "Bread"}',
  };
  const answer = await fetch(`${cluster.url}/v1/collections/notes/records/bread`, record);
  assert.equal(answer.status, 201);
});
after(async () => {
  recorder?.stop();
  await cluster?.stop();
});

/** Changes the JSON of an answer. */
const body = (change) => (answer) => {
  const json = JSON.parse(answer.body);
  change(json);
  answer.body = JSON.stringify(json);
};

const queues = { call: "list_queues", gives: 200 };
const records = { call: "list_records_of_notes", gives: 200 };
const record = { call: "get_record_of_notes", gives: 200, path: { record: "bread" } };
// From the beginning: without `after` a stream begins with what comes next.
const feed = {
  call: "read_changes_of_notes",
  gives: 200,
  query: { after: "0" },
  header: { Accept: "text/event-stream" },
};
const lines = {
  call: "read_changes_of_notes",
  gives: 200,
  header: { Accept: "application/x-ndjson" },
};
const refusal = { call: "get_record_of_notes", gives: 404, path: { record: "nothing" } };

// What is done to an answer, and which check must find it.
const spoiled = {
  status: [queues, (x) => (x.status = 203), "status code check"],
  expected_status: [queues, (x) => (x.status = 503), "success criteria check"],
  media_type: [queues, (x) => (x.headers["content-type"] = "text/plain"), "content-type check"],
  missing_member: [queues, body((x) => delete x.queues[0].handler), "schema check"],
  unknown_member: [queues, body((x) => (x.queues[0].colour = "red")), "schema check"],
  type_of_member: [queues, body((x) => (x.queues[0].ready = "3")), "schema check"],
  unknown_field: [records, body((x) => (x.records[0].colour = "red")), "schema check"],
  broken_schema: [record, body((x) => (x.title = "")), "schema check"],
  time: [record, body((x) => (x.created_at = "yesterday")), "schema check"],
  event: [feed, body((x) => (x[0].event = "forgotten")), "schema check"],
  event_data: [feed, body((x) => delete x[0].data.sequence), "schema check"],
  line: [lines, body((x) => (x[0].colour = "red")), "schema check"],
  missing_header: [record, (x) => delete x.headers.etag, "success criteria check"],
  malformed_header: [record, (x) => (x.headers.etag = "7"), "success criteria check"],
  problem: [refusal, body((x) => delete x.code), "schema check"],
  code: [refusal, body((x) => (x.code = "tired")), "schema check"],
};
const scenarios = Object.fromEntries(
  Object.entries(spoiled).map(([name, [call]]) => [name, [{ ...call, as: "it" }]]),
);

test("right answers are found right", async () => {
  const { findings, made } = await test_answers(document, scenarios);
  assert.deepEqual(findings, []);
  assert.equal(made, Object.keys(scenarios).length);
});

test("every spoiled answer is found", async () => {
  const changes = Object.values(spoiled).map(([, change]) => change);
  recorder.change = (answer) => changes.shift()(answer);

  const { findings } = await test_answers(document, scenarios);

  recorder.change = () => {};
  for (const [name, [, , check]] of Object.entries(spoiled)) {
    const found = findings.filter((x) => x.step === `${name}-it`).map((x) => x.check);
    assert.ok(found.includes(check), `${name}: ${found.join(", ") || "nothing was found"}`);
  }
});

test("every mistake of a document is found", async () => {
  const wrong = structuredClone(document);
  const { schemas } = wrong.components;
  delete wrong.paths["/v1/jobs/{job}"].get.responses[404];
  schemas.queue.required.push("colour");
  schemas.node.properties.pid = { type: "string" };
  delete schemas.cache.properties.number;

  const { findings } = await test_answers(wrong, {
    status: [{ call: "get_job", gives: 404, path: { job: "99999999999999999999999" } }],
    required: [queues],
    type: [{ call: "list_nodes", gives: 200 }],
    member: [{ call: "list_caches", gives: 200 }],
  });

  const found = findings.map((x) => `${x.step} ${x.check}`);
  assert.deepEqual(found, [
    "status-0 status code check",
    "required-0 schema check",
    "type-0 schema check",
    "member-0 schema check",
  ]);
});

test("what was not asked for, and headers that nobody documented, are found", () => {
  const answer = {
    method: "GET",
    path: "/v1/queues",
    status: 200,
    headers: { "content-type": "application/json" },
  };
  assert.ok(!unseen(document, [answer]).includes("list_queues 200"));
  assert.ok(unseen(document, []).includes("list_queues 200"));
  assert.deepEqual(undocumented_headers(document, [answer]), []);
  answer.headers["x-colour"] = "red";
  assert.deepEqual(undocumented_headers(document, [answer]), ["list_queues 200 x-colour"]);
});
