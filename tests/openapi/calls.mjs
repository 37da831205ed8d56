// SPDX-License-Identifier: Apache-2.0
// What is asked of the server, so that every operation of the document is called, and refuses in
// every way that it documents. Cases of one list follow each other; `arazzo` says what is in them.

import { job_calls } from "./job_calls.mjs";
import { record_calls } from "./record_calls.mjs";

function node_calls(asset) {
  return [
    ...["get_dashboard", "get_documentation"].flatMap((call) => [
      { call, gives: 200, as: call, keep: { tag: "$response.header.ETag" } },
      { call, gives: 304, header: { "If-None-Match": `$${call}.tag` } },
    ]),
    {
      call: "get_asset",
      gives: 200,
      path: { name: asset },
      as: "file",
      keep: { tag: "$response.header.ETag" },
    },
    {
      call: "get_asset",
      gives: 304,
      path: { name: asset },
      header: { "If-None-Match": "$file.tag" },
    },
    { call: "get_asset", gives: 404, path: { name: "nothing.js" } },
    {
      call: "get_site",
      gives: 200,
      path: { path: "index.html" },
      as: "page",
      keep: { tag: "$response.header.ETag" },
    },
    {
      call: "get_site",
      gives: 304,
      path: { path: "index.html" },
      header: { "If-None-Match": "$page.tag" },
    },
    // 308, which the tester follows.
    { call: "get_site", gives: 200, path: { path: "sub" } },
    { call: "get_site", gives: 404, path: { path: "nothing" } },
    { call: "get_openapi", gives: 200, as: "document", keep: { tag: "$response.header.ETag" } },
    { call: "get_openapi", gives: 304, header: { "If-None-Match": "$document.tag" } },
    { call: "get_liveness", gives: 200 },
    { call: "get_readiness", gives: 200 },
    { call: "get_metrics", gives: 200 },
    { call: "get_session", gives: 200 },
    { call: "begin_session", gives: 200 },
    { call: "end_session", gives: 204 },
  ];
}

function cluster_calls() {
  return [
    { call: "list_collections", gives: 200 },
    { call: "list_workers", gives: 200 },
    { call: "list_nodes", gives: 200 },
    { call: "list_caches", gives: 200 },
    { call: "watch_overview", gives: 200 },
    { call: "watch_jobs", gives: 200 },
    { call: "watch_jobs", gives: 200, query: { after: 1, job: "1" } },
    { call: "watch_jobs", gives: 400, query: { job: "x" } },
    { call: "drain_worker", gives: 204, path: { node: "single" } },
    { call: "resume_worker", gives: 204, path: { node: "single" } },
  ];
}

/** All of them, by name. `asset`: a file of the dashboard. */
export const all_calls = (asset) => ({
  node: node_calls(asset),
  notes: record_calls("notes", false),
  guarded: record_calls("guarded", true),
  ...job_calls(),
  cluster: cluster_calls(),
});
