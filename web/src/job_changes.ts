// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useRef } from "preact/hooks";
import type { Job, JobEvent, JobState } from "./types";

/** How what is shown of jobs follows what happens to them. */

// Lists are loaded again at most this often, whatever happens.
const reload_ms = 1000;

const state_after: Record<JobEvent["kind"], JobState> = {
  leased: "running",
  started: "running",
  succeeded: "succeeded",
  retrying: "retrying",
  dead: "dead",
  cancelled: "cancelled",
  lost: "ready",
  released: "ready",
  snoozed: "scheduled",
};

export const job_after = (job: Job, x: JobEvent): Job => ({
  ...job,
  state: state_after[x.kind] ?? job.state,
  node: x.node || job.node,
  deliveries: Math.max(job.deliveries, x.attempt),
});

/** Calls `run` now or when the last call is long enough ago, once for many calls. */
export function use_throttled(run: () => void): () => void {
  const latest = useRef(run);
  latest.current = run;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const last = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    if (timer.current !== undefined) return;
    timer.current = setTimeout(
      () => {
        timer.current = undefined;
        last.current = Date.now();
        latest.current();
      },
      Math.max(0, last.current + reload_ms - Date.now()),
    );
  }, []);
}
