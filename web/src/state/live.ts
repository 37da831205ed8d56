// SPDX-License-Identifier: Apache-2.0
import { counted } from "../format";
import { add_sample } from "../samples";
import type { JobEvent, Overview, Worker } from "../types";
import { learn_time, server_now } from "./clock";
import { listen } from "./feed";
import { Store } from "./store";

/** What the page knows of the cluster, from the stream of overviews. */

export type Connection = "connecting" | "live" | "lost";

/** How the overview's stream is; shown in the frame. */
export const connection = new Store<Connection>("connecting");

// There is an overview each second.
const silent_ms = 6000;

export const overview = new Store<Overview | null>(null);

/** What a person would want to have seen, newest first. */
export interface Notice {
  key: number;
  at: string;
  tone: "bad" | "warn" | "good" | "plain";
  text: string;
  job?: string;
}

export const notices = new Store<Notice[]>([]);
const notices_max = 100;

/** Workers that are gone, by "node incarnation", with when they were last seen. */
export const gone_workers = new Map<string, { worker: Worker; at: number }>();
const gone_shown_ms = 5 * 60_000;

let next_key = 1;
let before: Overview | null = null;
let worked_before: Overview | null = null; // the last one that knew the workers

export const worker_key = (x: { node: string; incarnation: string }): string =>
  `${x.node} ${x.incarnation}`;

const phrases: Partial<Record<JobEvent["kind"], (x: JobEvent) => [Notice["tone"], string]>> = {
  lost: (x) => ["bad", `was lost with ${x.node} and is waiting for another worker`],
  leased: (x) => ["good", `was handed out again, to ${x.node} (attempt ${x.attempt})`],
  dead: (x) => ["bad", `is dead after attempt ${x.attempt} on ${x.node}`],
  retrying: (x) => ["warn", `failed on ${x.node} (attempt ${x.attempt}) and will run again`],
  cancelled: () => ["plain", "was cancelled"],
};

const untold = "More happened to jobs than is shown here";

function notices_of(now: Overview): Notice[] {
  const found: Notice[] = [];
  const add = (x: Omit<Notice, "key">) => found.push({ key: next_key++, ...x });
  if (now.workers && worked_before?.workers) {
    const current = new Map(now.workers.map((x) => [worker_key(x), x]));
    const known = new Map(worked_before.workers.map((x) => [worker_key(x), x]));
    for (const [key, x] of known)
      if (!current.has(key)) {
        gone_workers.set(key, { worker: x, at: server_now() });
        const held = x.leases.length === 0 ? "" : `; it held ${counted(x.leases.length, "job")}`;
        add({ at: now.time, tone: "bad", text: `Worker ${x.node} is gone${held}` });
      }
    for (const [key, x] of current) {
      const last = known.get(key);
      if (!last) add({ at: now.time, tone: "good", text: `Worker ${x.node} has joined` });
      else if (last.state !== x.state)
        add({
          at: now.time,
          tone: x.state === "alive" ? "good" : "warn",
          text: `Worker ${x.node} is ${x.state}`,
        });
    }
  }
  if (now.jobs?.exact === false && notices.value[0]?.text !== untold)
    add({ at: now.time, tone: "plain", text: untold });
  for (const x of now.jobs?.notable ?? []) {
    const phrase = phrases[x.kind]?.(x);
    if (phrase) add({ at: x.at, tone: phrase[0], text: phrase[1], job: x.job });
  }
  return found;
}

function learn(now: Overview): void {
  learn_time(now.time);
  add_sample(now, before);
  const fresh = notices_of(now);
  for (const x of now.workers ?? []) gone_workers.delete(worker_key(x));
  for (const [key, x] of gone_workers)
    if (server_now() - x.at > gone_shown_ms) gone_workers.delete(key);
  before = now;
  if (now.workers) worked_before = now;
  overview.set(now);
  if (fresh.length > 0) notices.set([...fresh.reverse(), ...notices.value].slice(0, notices_max));
}

export function start_overview(): () => void {
  return listen(() => "/v1/live", {
    silent_ms,
    failed: () => connection.set("lost"),
    events: {
      overview: (data) => {
        learn(JSON.parse(data) as Overview);
        if (connection.value !== "live") connection.set("live");
      },
    },
  });
}
