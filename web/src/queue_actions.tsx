// SPDX-License-Identifier: Apache-2.0
import { request } from "./api";
import { counted } from "./format";
import { say } from "./messages";
import { Action, Confirmed } from "./parts";
import { use_store } from "./state/store";
import { start_task, tasks, type Step } from "./state/tasks";
import type { Queue } from "./types";

const path_of = (queue: string, verb: string): string =>
  `/v1/queues/${encodeURIComponent(queue)}:${verb}`;

const purge_of = (queue: string): string => `purge ${queue}`;

// Jobs that one request cancels.
const batch = 1000;

interface Purged {
  cancelled: number;
  left: number;
  up_to?: string; // the newest job that there was at first
  more?: boolean; // some of those wait still
}

/** Cancels at most `waiting` jobs: those that its reader was asked about, not those that come later. */
function purge(queue: string, waiting: number): void {
  let rest = waiting;
  let up_to = "";
  const step = async (): Promise<Step> => {
    const limit = `limit=${Math.min(batch, rest)}`;
    const path = `${path_of(queue, "purge")}?${limit}${up_to ? `&up_to=${up_to}` : ""}`;
    const { body } = await request<Purged>("POST", path);
    rest -= body.cancelled;
    up_to = body.up_to ?? "";
    return { done: body.cancelled, left: body.more === false ? 0 : Math.min(rest, body.left) };
  };
  start_task({
    key: purge_of(queue),
    title: `Purging ${queue}`,
    left: waiting,
    step,
    over: (done, stopped) => `${stopped ? "Stopped: " : ""}${counted(done, "job")} of ${queue} cancelled.`,
  });
}

/** Pause or resume, and purge. */
export function QueueActions({ queue }: { queue: Queue }) {
  const { name, paused } = queue;
  const waiting = queue.ready + queue.scheduled + queue.retrying;
  const verb = paused ? "resume" : "pause";
  const purging = use_store(tasks).some((x) => x.key === purge_of(name));
  const switch_over = async () => {
    await request("POST", path_of(name, verb));
    say(paused ? `${name} is resumed: its jobs run again.` : `${name} is paused: no more of its jobs start.`);
  };
  return (
    <span class="buttons">
      <Action run={switch_over} needs="admin" aria-label={`${paused ? "Resume" : "Pause"} ${name}`}>
        {paused ? "Resume" : "Pause"}
      </Action>
      <Confirmed
        label={`Purge ${name}`}
        needs="admin"
        disabled={waiting === 0 || purging}
        question={`Cancel ${counted(waiting, "waiting job")} of ${name}? They can still be read, and retried.`}
        run={async () => purge(name, waiting)}
      >
        Purge
      </Confirmed>
    </span>
  );
}
