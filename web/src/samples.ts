// SPDX-License-Identifier: Apache-2.0
import { merged, quantile, type Between } from "./latency";
import { takes_dead_letters, type Counts, type Overview } from "./types";

/** One look at the cluster, as the charts draw it. NaN or null: not known. */
export interface Sample {
  at: number; // seconds since 1970, by the server's clock
  enqueued: number;
  succeeded: number;
  failed: number;
  waiting: number;
  later: number;
  running: number;
  start: Times; // from being due until a worker was given the job
  run: Times;
  oldest: number; // seconds
  workers: number;
  slots: number;
  hit_ratio: number; // of reads since the look before; NaN: nobody read
}

export interface Times {
  count: number;
  p50: Between | null;
  p99: Between | null;
}

export const samples: Sample[] = [];
const samples_max = 600;

// Of a single second there would often be nothing to tell.
export const times_window_s = 10;

/** Of the last seconds, oldest first. */
let counted: Counts[] = [];

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

function times_of(which: "start" | "run"): Times {
  const bounds = counted[counted.length - 1]?.bounds_ms ?? [];
  const counts = merged(counted.map((x) => x[which]));
  return {
    count: counts.reduce((n, x) => n + x, 0),
    p50: quantile(bounds, counts, 0.5),
    p99: quantile(bounds, counts, 0.99),
  };
}

function remember(counts: Counts | null | undefined): void {
  if (!counts) return;
  counted.push(counts);
  let seconds = 0;
  let first = counted.length;
  while (first > 0 && seconds < times_window_s - 0.5) seconds += counted[--first]!.seconds;
  counted = counted.slice(first);
}

function sample_of(now: Overview, last: Overview | null): Sample {
  const counts = now.dispatcher?.counts;
  const queues = now.queues;
  const served = queues?.filter((x) => !takes_dead_letters(x, queues));
  const caches = cache_totals(now);
  const caches_before = cache_totals(last);
  const reads = caches.reads - caches_before.reads;
  const known = (x: unknown, value: number) => (x ? value : NaN);
  return {
    at: Date.parse(now.time) / 1000,
    enqueued: counts?.enqueued ?? NaN,
    succeeded: counts?.succeeded ?? NaN,
    failed: counts ? counts.retrying + counts.dead + counts.lost : NaN,
    waiting: known(queues, sum(served, (x) => x.ready)),
    later: known(queues, sum(served, (x) => x.scheduled + x.retrying)),
    running: known(queues, sum(queues, (x) => x.running)),
    start: times_of("start"),
    run: times_of("run"),
    oldest: known(queues, Math.max(0, ...(served ?? []).map((x) => x.oldest_ready_ms)) / 1000),
    workers: known(now.workers, now.workers?.length ?? 0),
    slots: known(now.workers, sum(now.workers, (x) => x.slots)),
    hit_ratio:
      last?.caches && now.caches && reads > 0
        ? Math.max(0, Math.min(1, (caches.hits - caches_before.hits) / reads))
        : NaN,
  };
}

/** Takes notice of a look at the cluster, and of the one before it. */
export function add_sample(now: Overview, last: Overview | null): void {
  remember(now.dispatcher?.counts);
  samples.push(sample_of(now, last));
  if (samples.length > samples_max) samples.splice(0, samples.length - samples_max);
}
