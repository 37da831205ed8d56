// SPDX-License-Identifier: Apache-2.0
import { count, counted, duration, ms_since } from "./format";
import { takes_dead_letters, type Job, type Queue, type Worker } from "./types";

const seconds_left = (iso: string | null, now: number): string =>
  iso ? duration(Math.max(0, -ms_since(iso, now))) : "an unknown time";

const reasons: Record<string, string> = {
  error: "its handler failed",
  lease_lost: "its workers were lost too often",
  no_progress: "its handler showed no progress",
  deadline: "its handler ran too long",
  cancelled: "someone cancelled it",
  released: "it was handed back",
  snoozed: "its handler asked to run later",
};

function why_ready(job: Job, queues: Queue[], workers: Worker[]): string {
  const queue = queues.find((x) => x.name === job.queue);
  if (queue && takes_dead_letters(queue, queues))
    return `It is a dead letter in ${job.queue}, which no worker serves: redrive the queue to run it again.`;
  if (queue?.paused) return `It is waiting because its queue ${job.queue} is paused: resume the queue to run it.`;
  const serving = workers.filter((x) => x.queues.includes(job.queue));
  if (serving.length === 0)
    return `It is waiting because no worker serves ${job.queue}: start a node with the role worker that has its handler.`;
  const able = serving.filter((x) => x.state === "alive");
  if (able.length === 0)
    return `It is waiting because none of the ${counted(serving.length, "worker")} of ${job.queue} is taking new jobs (${[...new Set(serving.map((x) => x.state))].join(", ")}).`;
  const slots = able.reduce((total, x) => total + x.slots, 0);
  const busy = able.reduce((total, x) => total + x.leases.length, 0);
  const before = Math.max(0, (queue?.ready ?? 1) - 1);
  if (busy >= slots) {
    const others = before > 0 ? `; ${counted(before, "other job")} of its queue ${before === 1 ? "is" : "are"} waiting, too` : "";
    return `It is waiting for a free slot: all ${count(slots)} of ${counted(able.length, "worker")} are taken${others}.`;
  }
  return "It is ready and slots are free: it should start within moments.";
}

/** In one sentence: why a job is not running, or what it is doing. */
export function why_not_running(
  job: Job,
  queues: Queue[],
  workers: Worker[],
  now = Date.now(),
): string {
  switch (job.state) {
    case "scheduled":
      return `It is scheduled to run in ${seconds_left(job.run_at, now)}.`;
    case "retrying":
      return `It failed ${job.failures === 1 ? "once" : `${job.failures} times`} and will be tried again in ${seconds_left(job.run_at, now)}.`;
    case "ready":
      return why_ready(job, queues, workers);
    case "running": {
      const holder = workers.find((x) => x.node === job.node);
      const age = holder ? `, whose last heartbeat was ${duration(holder.heartbeat_age_ms)} ago` : "";
      return `It is running on ${job.node}${age}.`;
    }
    case "succeeded":
      return `It succeeded on ${job.node}, and is kept until its retention ends.`;
    case "cancelled":
      return "It was cancelled. Retry it to run it after all.";
    case "dead":
      return `It was given up after ${counted(job.failures + job.losses, "failure")}, because ${reasons[job.reason] ?? job.reason}. Retry it when the cause is fixed.`;
  }
}
