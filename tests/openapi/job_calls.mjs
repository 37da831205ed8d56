// SPDX-License-Identifier: Apache-2.0
// What is asked about jobs, queues and pull workers; calls.mjs explains it.
import { text_of } from "./recorder.mjs";

const number_beyond_64_bits = "99999999999999999999999";

export function job_calls() {
  const one = { body: { payload: { to: "ann" } } };
  const unknown = { path: { queue: "nothing" } };
  const no_job = { path: { job: number_beyond_64_bits } };
  return {
    jobs: [
      { call: "list_queues", gives: 200 },
      {
        call: "enqueue_jobs",
        gives: 201,
        path: { queue: "mail" },
        ...one,
        headers: ["Location"],
        as: "made",
        keep: { job: "$response.body#/ids/0" },
      },
      {
        call: "enqueue_jobs",
        gives: 201,
        path: { queue: "mail" },
        body: {
          jobs: [
            { payload: "a", priority: 9 },
            { payload: "b", delay_ms: 1 },
          ],
        },
      },
      {
        call: "enqueue_jobs",
        gives: 400,
        path: { queue: "mail" },
        body: { payload: "a", priority: 10 },
      },
      { call: "enqueue_jobs", gives: 404, ...unknown, ...one },
      {
        call: "enqueue_jobs",
        gives: 413,
        path: { queue: "small" },
        body: { payload: "x".repeat(2000) },
      },
      {
        call: "enqueue_jobs",
        gives: 201,
        path: { queue: "full" },
        ...one,
        as: "waiting",
        keep: { job: "$response.body#/ids/0" },
      },
      { call: "enqueue_jobs", gives: 503, path: { queue: "full" }, ...one },
      { call: "await_result", gives: 200, path: { job: "$made.job" }, query: { wait: 10 } },
      { call: "await_result", gives: 202, path: { job: "$waiting.job" } },
      { call: "await_result", gives: 400, path: { job: "$made.job" }, query: { wait: 61 } },
      { call: "await_result", gives: 404, ...no_job },
      { call: "get_job", gives: 200, path: { job: "$made.job" } },
      { call: "get_job", gives: 404, ...no_job },
      { call: "list_jobs", gives: 200, query: { queue: "mail", state: "succeeded", limit: 1 } },
      { call: "list_jobs", gives: 200, query: { before: "$made.job" } },
      { call: "list_jobs", gives: 400, query: { state: "tired" } },
      { call: "list_jobs", gives: 404, query: { queue: "nothing" } },
      { call: "cancel_job", gives: 204, path: { job: "$waiting.job" } },
      { call: "cancel_job", gives: 404, ...no_job },
      { call: "cancel_job", gives: 409, path: { job: "$made.job" } },
      { call: "retry_job", gives: 204, path: { job: "$waiting.job" } },
      { call: "retry_job", gives: 404, ...no_job },
      { call: "retry_job", gives: 409, path: { job: "$made.job" } },
    ],
    queues: [
      { call: "pause_queue", gives: 204, path: { queue: "small" } },
      { call: "pause_queue", gives: 404, ...unknown },
      { call: "enqueue_jobs", gives: 201, path: { queue: "small" }, body: { payload: "x" } },
      { call: "purge_queue", gives: 200, path: { queue: "small" }, query: { limit: 10 } },
      { call: "purge_queue", gives: 400, path: { queue: "small" }, query: { limit: 0 } },
      { call: "purge_queue", gives: 404, ...unknown },
      { call: "resume_queue", gives: 204, path: { queue: "small" } },
      { call: "resume_queue", gives: 404, ...unknown },
      {
        call: "enqueue_jobs",
        gives: 201,
        path: { queue: "invoices" },
        ...one,
        as: "dead",
        keep: { job: "$response.body#/ids/0" },
      },
      { call: "await_result", gives: 200, path: { job: "$dead.job" }, query: { wait: 10 } },
      { call: "redrive_jobs", gives: 200, path: { queue: "invoices.dead" }, query: { limit: 10 } },
      { call: "redrive_jobs", gives: 400, path: { queue: "invoices.dead" }, query: { limit: 0 } },
      { call: "redrive_jobs", gives: 404, ...unknown },
    ],
    pull_workers: pull_calls(no_job),
  };
}

function pull_calls(no_job) {
  const worker = "ann";
  const too_large = text_of(1024 * 1024 + 1);
  // Each end takes a job of its own.
  const ends = [
    ["complete_job", { result: { pages: 12 } }],
    ["fail_job", { error: "no paper", final: true }],
    ["snooze_job", { delay_ms: 3_600_000 }],
    ["release_job", {}],
  ];
  return [
    {
      call: "enqueue_jobs",
      gives: 201,
      path: { queue: "reports" },
      body: { jobs: ends.map(() => ({ payload: "May" })) },
    },
    { call: "lease_jobs", gives: 400, path: { queue: "reports" }, body: { worker, limit: 101 } },
    { call: "lease_jobs", gives: 404, path: { queue: "nothing" }, body: { worker } },
    ...ends.flatMap(([call, end]) => {
      const path = { job: `$${call}_lease.job` };
      const body = { worker, epoch: `$${call}_lease.epoch` };
      return [
        {
          call: "lease_jobs",
          gives: 200,
          path: { queue: "reports" },
          body: { worker, wait: 5 },
          as: `${call}_lease`,
          keep: { job: "$response.body#/jobs/0/id", epoch: "$response.body#/jobs/0/epoch" },
        },
        {
          call: "renew_leases",
          gives: 200,
          body: {
            worker,
            leases: [
              { job: path.job, epoch: body.epoch, progress: "half" },
              { job: "1", epoch: "1" },
            ],
          },
        },
        { call, gives: 400, path, body: { worker } },
        { call, gives: 404, ...no_job, body: { worker, epoch: "1" } },
        { call, gives: 204, path, body: { ...body, ...end } },
        { call, gives: 409, path, body: { ...body, ...end } },
      ];
    }),
    {
      call: "complete_job",
      gives: 413,
      path: { job: "1" },
      body: { worker, epoch: "1", result: too_large },
    },
    // Errors are shortened.
    {
      call: "fail_job",
      gives: 409,
      path: { job: "1" },
      body: { worker, epoch: "1", error: too_large },
    },
    { call: "renew_leases", gives: 400, body: { worker, leases: 1 } },
    {
      call: "renew_leases",
      gives: 413,
      body: { worker, leases: Array.from({ length: 1001 }, () => ({ job: "1", epoch: "1" })) },
    },
  ];
}
