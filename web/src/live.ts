import { useEffect } from "preact/hooks";
import { refused } from "./api";
import { counted } from "./format";
import { Store } from "./store";
import { takes_dead_letters, type JobEvent, type Overview, type Worker } from "./types";

/** The streams of server-sent events that the page listens to. */

export type Connection = "connecting" | "live" | "lost";

/** How the overview's stream is; shown in the header. */
export const connection = new Store<Connection>("connecting");

export const overview = new Store<Overview | null>(null);

/** One look at the cluster, as the charts draw it. NaN: not known. */
export interface Sample {
  at: number; // seconds since 1970, by this browser's clock
  succeeded: number;
  failed: number;
  waiting: number;
  later: number;
  running: number;
  run_p50: number;
  run_p99: number;
  oldest: number; // seconds
  workers: number;
  slots: number;
  hit_ratio: number; // of reads since the look before; NaN: nobody read
}

export const samples: Sample[] = [];
const samples_max = 600;

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

const sum = <T>(items: T[] | null | undefined, of: (x: T) => number): number =>
  (items ?? []).reduce((total, x) => total + of(x), 0);

/** Hits and reads of all caches together. */
export function cache_totals(x: Overview | null): { hits: number; reads: number } {
  let hits = 0;
  let reads = 0;
  for (const cache of x?.caches ?? [])
    for (const usage of cache.collections) {
      hits += usage.hits;
      reads += usage.hits + usage.misses + usage.coalesced;
    }
  return { hits, reads };
}

function sample_of(now: Overview, last: Overview | null): Sample {
  const pulse = now.jobs;
  const queues = now.queues;
  const served = queues?.filter((x) => !takes_dead_letters(x, queues));
  const done = (x: Overview) => sum(x.queues, (q) => q.succeeded);
  // When more happened than the gateway looked at, the depths still tell how much.
  const counted =
    pulse?.exact === false && last?.queues && queues
      ? Math.max(0, done(now) - done(last), pulse.succeeded)
      : (pulse?.succeeded ?? NaN);
  const caches = cache_totals(now);
  const caches_before = cache_totals(last);
  const reads = caches.reads - caches_before.reads;
  const known = (x: unknown, value: number) => (x ? value : NaN);
  return {
    at: Date.now() / 1000,
    succeeded: counted,
    failed: pulse ? pulse.retrying + pulse.dead + pulse.lost : NaN,
    waiting: known(queues, sum(served, (x) => x.ready)),
    later: known(queues, sum(served, (x) => x.scheduled + x.retrying)),
    running: known(queues, sum(queues, (x) => x.running)),
    run_p50: pulse?.run_ms?.p50 ?? NaN,
    run_p99: pulse?.run_ms?.p99 ?? NaN,
    oldest: known(queues, Math.max(0, ...(served ?? []).map((x) => x.oldest_ready_ms)) / 1000),
    workers: known(now.workers, now.workers?.length ?? 0),
    slots: known(now.workers, sum(now.workers, (x) => x.slots)),
    hit_ratio:
      last && reads > 0 ? Math.max(0, Math.min(1, (caches.hits - caches_before.hits) / reads)) : NaN,
  };
}

const phrases: Partial<Record<JobEvent["kind"], (x: JobEvent) => [Notice["tone"], string]>> = {
  lost: (x) => ["bad", `was lost with ${x.node}, and waits for another worker`],
  leased: (x) => ["good", `was handed out again, to ${x.node} (attempt ${x.attempt})`],
  dead: (x) => ["bad", `is dead after attempt ${x.attempt} on ${x.node}`],
  retrying: (x) => ["warn", `failed on ${x.node} (attempt ${x.attempt}) and will run again`],
  cancelled: () => ["plain", "was cancelled"],
};

function notices_of(now: Overview): Notice[] {
  const found: Notice[] = [];
  const add = (x: Omit<Notice, "key">) => found.push({ key: next_key++, ...x });
  if (now.workers && worked_before?.workers) {
    const current = new Map(now.workers.map((x) => [worker_key(x), x]));
    const known = new Map(worked_before.workers.map((x) => [worker_key(x), x]));
    for (const [key, x] of known)
      if (!current.has(key)) {
        gone_workers.set(key, { worker: x, at: Date.now() });
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
  for (const x of now.jobs?.notable ?? []) {
    const phrase = phrases[x.kind]?.(x);
    if (phrase) add({ at: x.at, tone: phrase[0], text: phrase[1], job: x.job });
  }
  return found;
}

function learn(now: Overview): void {
  samples.push(sample_of(now, before));
  if (samples.length > samples_max) samples.splice(0, samples.length - samples_max);
  const fresh = notices_of(now);
  for (const x of now.workers ?? []) gone_workers.delete(worker_key(x));
  for (const [key, x] of gone_workers)
    if (Date.now() - x.at > gone_shown_ms) gone_workers.delete(key);
  before = now;
  if (now.workers) worked_before = now;
  overview.set(now);
  if (fresh.length > 0) notices.set([...fresh.reverse(), ...notices.value].slice(0, notices_max));
}

// -- streams -------------------------------------------------------------------------------------

export interface Listener {
  events: Record<string, (data: string) => void>;
  opened?: () => void;
  failed?: () => void;
}

// A browser gives one site six connections; pages that nobody looks at leave theirs to others.
const hidden_ms = 15_000;

/**
 * Listens until the returned function is called; comes back by itself when the connection breaks,
 * and while the page is hidden it does not listen.
 */
export function listen(path: () => string, listener: Listener): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let hide: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const stop = () => {
    source?.close();
    source = null;
    clearTimeout(retry);
  };
  const start = () => {
    if (closed || source) return;
    source = new EventSource(path());
    source.onopen = () => listener.opened?.();
    source.onerror = () => {
      listener.failed?.();
      // Browsers come back after a broken connection, but not after a refusal.
      if (source?.readyState === EventSource.CLOSED) {
        stop();
        refused.set(refused.value + 1);
        retry = setTimeout(start, 1500);
      }
    };
    for (const [name, take] of Object.entries(listener.events))
      source.addEventListener(name, (x) => take((x as MessageEvent<string>).data));
  };
  const look = () => {
    clearTimeout(hide);
    if (document.hidden) hide = setTimeout(stop, hidden_ms);
    else start();
  };
  document.addEventListener("visibilitychange", look);
  start();
  return () => {
    closed = true;
    clearTimeout(hide);
    document.removeEventListener("visibilitychange", look);
    stop();
  };
}

export function start_overview(): () => void {
  return listen(() => "/v1/live", {
    opened: () => connection.set("live"),
    failed: () => connection.set("lost"),
    events: { overview: (data) => learn(JSON.parse(data) as Overview) },
  });
}

/** Calls `take` with what happened to jobs, many at a time; `missed` when some were not seen. */
export function use_job_events(
  take: (events: JobEvent[]) => void,
  missed: () => void,
  only?: string,
): void {
  useEffect(() => {
    let waiting: JobEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      const events = waiting;
      waiting = [];
      take(events);
    };
    const stop = listen(() => (only ? `/v1/events?job=${only}` : "/v1/events"), {
      // What happened since the page asked for its list, and after the page closed the stream itself,
      // is told by nobody.
      opened: missed,
      events: {
        job: (data) => {
          waiting.push(JSON.parse(data) as JobEvent);
          timer ??= setTimeout(flush, 100);
        },
        missed,
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [take, missed, only]);
}
