// SPDX-License-Identifier: Apache-2.0
import { request } from "./api";
import { counted } from "./format";
import { say } from "./messages";
import { Action, Confirmed } from "./parts";
import type { Queue } from "./types";

const path_of = (queue: string, verb: string): string =>
  `/v1/queues/${encodeURIComponent(queue)}:${verb}`;

async function purge(queue: string): Promise<void> {
  let cancelled = 0;
  let up_to = "0"; // what is enqueued meanwhile is not cancelled
  for (let more = true; more; ) {
    const path = `${path_of(queue, "purge")}?up_to=${up_to}`;
    const { body } = await request<{ cancelled: number; up_to: string; more: boolean }>("POST", path);
    cancelled += body.cancelled;
    ({ up_to, more } = body);
  }
  say(`${counted(cancelled, "job")} of ${queue} were cancelled.`);
}

/** Pause or resume, and purge. */
export function QueueActions({ queue }: { queue: Queue }) {
  const { name, paused } = queue;
  const waiting = queue.ready + queue.scheduled + queue.retrying;
  const verb = paused ? "resume" : "pause";
  const switch_over = async () => {
    await request("POST", path_of(name, verb));
    say(paused ? `${name} hands out jobs again.` : `${name} hands out no more jobs.`);
  };
  return (
    <span class="buttons">
      <Action run={switch_over} aria-label={`${paused ? "Resume" : "Pause"} ${name}`}>
        {paused ? "Resume" : "Pause"}
      </Action>
      <Confirmed
        label={`Purge ${name}`}
        disabled={waiting === 0}
        question={`Cancel all ${counted(waiting, "job")} of ${name} that wait? They stay readable, and can be retried.`}
        run={() => purge(name)}
      >
        Purge
      </Confirmed>
    </span>
  );
}
