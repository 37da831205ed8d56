// SPDX-License-Identifier: Apache-2.0
// What is asked about records; calls.mjs explains it.

const json_patch = "application/json-patch+json";
const merge_patch = "application/merge-patch+json";
const minimal = { Prefer: "return=minimal" };
const any = { "If-Match": "*" };
const unknown_version = { "If-Match": '"1000000"' };
const body = { title: "Bread", stars: 3, author: { name: "Ann" } };
const large = { title: "x".repeat(4500) };
const batch = (...changes) => ({ changes });

function context(collection, guarded) {
  return {
    collection,
    of: (operation) => `${operation}_of_${collection}`,
    made: { record: "$made.id" },
    job: guarded ? ["Troupe-Job"] : [],
    // Who must name a version cannot miss a record.
    if_free: (call) => (guarded ? [] : [call]),
  };
}

const creating = ({ collection, of, job }) => [
  {
    call: of("create_record"),
    gives: 201,
    body: { ...body, id: "first" },
    headers: job,
    as: "first",
    keep: { version: "$response.body#/version" },
  },
  {
    call: of("create_record"),
    gives: 201,
    body,
    as: "made",
    keep: {
      id: "$response.body#/id",
      tag: "$response.header.ETag",
      version: "$response.body#/version",
    },
  },
  { call: of("create_record"), gives: 400, type: "application/json", body: "{" },
  { call: of("create_record"), gives: 409, body: { ...body, id: "first" } },
  { call: of("create_record"), gives: 413, body: large },
  { call: of("create_record"), gives: 415, type: "text/plain", body: "Bread" },
  { call: of("create_record"), gives: 422, body: { stars: 9 } },
  {
    call: of("create_record"),
    gives: 201,
    body,
    header: { "Idempotency-Key": `${collection}-1` },
  },
  {
    call: of("create_record"),
    gives: 422,
    body: { title: "Salt" },
    header: { "Idempotency-Key": `${collection}-1` },
  },
];

const reading = ({ of, made }) => [
  { call: of("get_record"), gives: 200, path: made },
  { call: of("get_record"), gives: 200, path: made, header: { "Cache-Control": "max-stale=60" } },
  { call: of("get_record"), gives: 304, path: made, header: { "If-None-Match": "$made.tag" } },
  { call: of("get_record"), gives: 404, path: { record: "nothing" } },
  { call: of("get_record"), gives: 412, path: made, header: unknown_version },
];

const listing = ({ of }) => [
  { call: of("list_records"), gives: 200, query: { count: true } },
  {
    call: of("list_records"),
    gives: 200,
    headers: ["Link"],
    as: "page",
    query: {
      filter: 'author.name = "Ann" and stars >= 3',
      sort: "-stars,title",
      fields: "title,author.name",
      limit: 1,
    },
    keep: { next: "$response.body#/next" },
  },
  {
    call: of("list_records"),
    gives: 200,
    query: {
      filter: 'author.name = "Ann" and stars >= 3',
      sort: "-stars,title",
      fields: "title,author.name",
      limit: 1,
      cursor: "$page.next",
    },
  },
  { call: of("list_records"), gives: 200, query: { q: "bread", at_least: "$made.version" } },
  { call: of("list_records"), gives: 400, query: { filter: "stars >" } },
  { call: of("list_records"), gives: 400, query: { limit: 0 } },
];

const putting = ({ collection, of, job }) => [
  {
    call: of("put_record"),
    gives: 201,
    path: { record: "second" },
    header: { "If-None-Match": "*" },
    body,
    headers: job,
  },
  {
    call: of("put_record"),
    gives: 412,
    path: { record: "second" },
    header: { "If-None-Match": "*" },
    body,
  },
  {
    call: of("put_record"),
    gives: 200,
    path: { record: "second" },
    header: any,
    body,
    headers: job,
  },
  {
    call: of("put_record"),
    gives: 200,
    path: { record: "second" },
    header: { ...any, "Idempotency-Key": `${collection}-2` },
    body,
  },
  {
    call: of("put_record"),
    gives: 422,
    path: { record: "second" },
    header: { ...any, "Idempotency-Key": `${collection}-2` },
    body: { title: "Salt" },
  },
  {
    call: of("put_record"),
    gives: 204,
    path: { record: "second" },
    header: { ...any, ...minimal },
    body,
    headers: job,
  },
  {
    call: of("put_record"),
    gives: 400,
    path: { record: "second" },
    header: { "If-Match": "7" },
    body,
  },
  {
    call: of("put_record"),
    gives: 412,
    path: { record: "second" },
    header: unknown_version,
    body,
  },
  { call: of("put_record"), gives: 413, path: { record: "second" }, header: any, body: large },
  {
    call: of("put_record"),
    gives: 415,
    path: { record: "second" },
    header: any,
    type: "text/plain",
    body: "x",
  },
  {
    call: of("put_record"),
    gives: 422,
    path: { record: "second" },
    header: any,
    body: { title: "" },
  },
];

const patching = ({ of, made, job, if_free }) => [
  {
    call: of("patch_record"),
    gives: 200,
    path: made,
    header: any,
    type: merge_patch,
    body: { stars: 4 },
    headers: job,
  },
  {
    call: of("patch_record"),
    gives: 200,
    path: made,
    header: any,
    type: json_patch,
    body: [{ op: "remove", path: "/author" }],
  },
  {
    call: of("patch_record"),
    gives: 204,
    path: made,
    header: { ...any, ...minimal },
    type: merge_patch,
    body: { stars: 5 },
  },
  {
    call: of("patch_record"),
    gives: 400,
    path: made,
    header: any,
    type: json_patch,
    body: [{ op: "dance", path: "/author" }],
  },
  ...if_free({
    call: of("patch_record"),
    gives: 404,
    path: { record: "nothing" },
    type: merge_patch,
    body: { stars: 1 },
  }),
  {
    call: of("patch_record"),
    gives: 409,
    path: made,
    header: any,
    type: json_patch,
    body: [{ op: "test", path: "/stars", value: 1 }],
  },
  {
    call: of("patch_record"),
    gives: 412,
    path: made,
    header: unknown_version,
    type: merge_patch,
    body: { stars: 1 },
  },
  {
    call: of("patch_record"),
    gives: 413,
    path: made,
    header: any,
    type: merge_patch,
    body: large,
  },
  {
    call: of("patch_record"),
    gives: 415,
    path: made,
    header: any,
    type: "text/plain",
    body: "x",
    headers: ["Accept-Patch"],
  },
  {
    call: of("patch_record"),
    gives: 422,
    path: made,
    header: any,
    type: merge_patch,
    body: { stars: "many" },
  },
];

const changing_many = ({ of, if_free }) => [
  {
    call: of("change_records"),
    gives: 200,
    body: batch(
      { op: "create", id: "third", body },
      { op: "delete", id: "first", if_version: "$first.version" },
    ),
  },
  {
    call: of("get_record"),
    gives: 200,
    path: { record: "third" },
    as: "third",
    keep: { version: "$response.body#/version" },
  },
  { call: of("change_records"), gives: 400, body: batch({ op: "dance" }) },
  ...if_free({
    call: of("change_records"),
    gives: 404,
    body: batch({ op: "merge_patch", id: "nothing", body: {} }),
  }),
  {
    call: of("change_records"),
    gives: 409,
    body: batch({
      op: "json_patch",
      id: "third",
      body: [{ op: "test", path: "/stars", value: 1 }],
      if_version: "$third.version",
    }),
  },
  {
    call: of("change_records"),
    gives: 412,
    body: batch(
      { op: "put", id: "third", if_version: 1_000_000, body },
      { op: "create", id: "fourth", body },
    ),
  },
  {
    call: of("change_records"),
    gives: 413,
    body: batch(...Array.from({ length: 1001 }, () => ({ op: "create", body }))),
  },
  { call: of("change_records"), gives: 422, body: batch({ op: "create", body: {} }) },
];

const following = ({ of }) => [
  {
    call: of("read_changes"),
    gives: 200,
    header: { Accept: "application/x-ndjson" },
    headers: ["Troupe-Next"],
  },
  { call: of("read_changes"), gives: 200, header: { Accept: "text/event-stream" } },
  {
    call: of("read_changes"),
    gives: 200,
    query: { after: "0" },
    header: { Accept: "text/event-stream" },
  },
  {
    call: of("read_changes"),
    gives: 200,
    header: { Accept: "text/event-stream", "Last-Event-ID": "1" },
  },
  {
    call: of("read_changes"),
    gives: 204,
    header: { Accept: "text/event-stream", "Last-Event-ID": "reset" },
  },
  { call: of("read_changes"), gives: 400, query: { wait: 61 } },
];

const deleting = ({ collection, of, made, if_free }) => [
  { call: of("delete_record"), gives: 400, path: made, header: { "If-Match": "7" } },
  { call: of("delete_record"), gives: 412, path: made, header: unknown_version },
  {
    call: of("delete_record"),
    gives: 204,
    path: made,
    header: { ...any, "Idempotency-Key": `${collection}-3` },
  },
  {
    call: of("delete_record"),
    gives: 422,
    path: { record: "third" },
    header: { ...any, "Idempotency-Key": `${collection}-3` },
  },
  ...if_free({ call: of("delete_record"), gives: 404, path: made }),
];

const third = { record: "third" };

const without_condition = ({ of }) => [
  { call: of("put_record"), gives: 428, path: third, body },
  { call: of("patch_record"), gives: 428, path: third, type: merge_patch, body: { stars: 1 } },
  { call: of("delete_record"), gives: 428, path: third },
  { call: of("change_records"), gives: 428, body: { changes: [{ op: "delete", id: "third" }] } },
];

/** `guarded`: the collection wants conditions, and its changes enqueue jobs. */
export function record_calls(collection, guarded) {
  const lists = [
    creating,
    reading,
    listing,
    putting,
    patching,
    changing_many,
    following,
    deleting,
    ...(guarded ? [without_condition] : []),
  ];
  return lists.flatMap((list) => list(context(collection, guarded)));
}
