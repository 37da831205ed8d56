// SPDX-License-Identifier: Apache-2.0
import type { ExactNumber } from "./json";

/** What the gateway answers. Ids and epochs are texts: 64 bits do not fit into a number. */

export interface Queue {
  name: string;
  handler: string; // empty: of pull workers only, or a dead-letter queue
  dead_letter: string;
  scheduled: number;
  ready: number;
  running: number;
  retrying: number;
  succeeded: number;
  dead: number;
  cancelled: number;
  oldest_ready_ms: number;
  workers: number;
  paused?: boolean;
}

/** Whether dead jobs of other queues are copied to this one, which nobody works on. */
export const takes_dead_letters = (queue: Queue, all: Queue[]): boolean =>
  queue.handler === "" && all.some((x) => x.dead_letter === queue.name);

export interface Lease {
  job: string;
  epoch: string;
}

export interface Worker {
  node: string;
  incarnation: string;
  state: "alive" | "suspect" | "draining" | "idle";
  queues: string[];
  slots: number;
  capacity: number;
  heartbeat_age_ms: number;
  leases: Lease[];
}

export interface NodeInfo {
  name: string;
  cluster: string;
  incarnation: string;
  address: string;
  roles: string[];
  pid: number;
  version: string;
  started_at: string | null;
}

export interface CacheUsage {
  collection: string;
  entries: number;
  bytes: number;
  bytes_max: number;
  hits: number;
  misses: number;
  coalesced: number;
  evictions: number;
}

/** A record that is read often. */
export interface HotKey {
  collection: string;
  id: string;
  reads: number; // estimated; old ones fade
}

export interface Cache {
  node: string;
  incarnation: string;
  number: number;
  shards: number;
  mailbox: number; // messages that wait for it
  collections: CacheUsage[];
  hot_keys: HotKey[];
}

export type JobState =
  | "scheduled"
  | "ready"
  | "running"
  | "retrying"
  | "succeeded"
  | "dead"
  | "cancelled";

export interface Delivery {
  epoch: string;
  attempt: number;
  node: string;
  leased_at: string | null;
  ended_at: string | null;
  reason: string;
  error?: string;
  error_base64?: string;
}

export interface Job {
  id: string;
  queue: string;
  state: JobState;
  // What is in force for it; 0: no limit.
  options: {
    priority: number;
    delay_ms: number;
    max_attempts: number;
    max_losses: number;
    run_timeout_ms: number;
    progress_timeout_ms: number;
  };
  failures: number;
  losses: number;
  snoozes: number;
  deliveries: number;
  created_at: string | null;
  run_at: string | null;
  leased_at: string | null;
  finished_at: string | null;
  node: string;
  epoch: string;
  reason: string;
  error?: string;
  error_base64?: string;
  origin?: string;
  origin_queue?: string;
  payload?: Json; // an object, an array, or a text
  payload_base64?: string;
  result?: Json;
  result_base64?: string;
  history?: Delivery[];
  tags?: string[];
  traceparent?: string;
}

export interface JobPage {
  jobs: Job[];
  next: string | null; // an id; null: there are no more
}

export interface JobEvent {
  sequence: number;
  at: string;
  job: string;
  epoch: string;
  kind:
    | "leased"
    | "started"
    | "succeeded"
    | "retrying"
    | "dead"
    | "cancelled"
    | "lost"
    | "released"
    | "snoozed";
  reason: string;
  attempt: number;
  node: string;
}

/** What happened to jobs since the overview before, as far as a person should see it. */
export interface Pulse {
  exact: boolean; // false: some of it is not told
  notable: JobEvent[];
}

/** What the dispatcher counted since the overview before; by the second, but for the buckets. */
export interface Counts {
  seconds: number;
  enqueued: number;
  leased: number;
  succeeded: number;
  retrying: number;
  dead: number;
  cancelled: number;
  lost: number;
  bounds_ms: number[]; // upper bounds of the buckets; the last bucket has none
  start: number[]; // jobs by how long they waited for their first start
  run: number[]; // runs by how long they took
}

/** One event of /v1/live. A part that did not answer in time is null or missing. */
export interface Overview {
  time: string;
  queues?: Queue[] | null;
  workers?: Worker[] | null;
  jobs?: Pulse | null;
  dispatcher?: { mailbox: number; counts: Counts | null } | null;
  store?: { mailbox: number; failures: number } | null;
  nodes?: NodeInfo[] | null;
  caches?: Cache[] | null;
}

export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  title?: string;
  description?: string;
  enum?: unknown[];
  maxLength?: number;
  format?: string;
}

export interface Collection {
  name: string;
  records: number;
  sequence: number;
  oldest_change: number;
  indexes: string[];
  search: string[];
  hooks: { on_create: string | null; on_update: string | null; on_delete: string | null };
  schema: Schema | true;
}

export type Json = null | boolean | number | ExactNumber | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface RecordValue extends JsonObject {
  id: string;
  version: number;
  created_at: string;
  updated_at: string;
}
