// SPDX-License-Identifier: Apache-2.0
import { request } from "./api";
import { counted } from "./format";
import { Action } from "./parts";
import { use_store } from "./state/store";
import { start_task, tasks, type Step } from "./state/tasks";

const batch = 100;

/** Moves dead letters back, a batch at a time, until none is left or somebody stops it. */
export function Redrive({ queue, waiting }: { queue: string; waiting: number }) {
  const key = `redrive ${queue}`;
  const running = use_store(tasks).some((x) => x.key === key);
  const path = `/v1/queues/${encodeURIComponent(queue)}:redrive?limit=${batch}`;
  const step = async (): Promise<Step> => {
    const { body } = await request<{ moved: number; left: number }>("POST", path);
    return { done: body.moved, left: body.left };
  };
  const run = async () =>
    start_task({
      key,
      title: `Redriving ${queue}`,
      left: waiting,
      step,
      over: (moved, stopped) => `${stopped ? "Stopped: " : ""}${counted(moved, "job")} went back to the queue they came from.`,
    });
  return (
    <Action run={run} needs="admin" disabled={waiting === 0 || running} aria-label={`Redrive ${queue}`}>
      Redrive
    </Action>
  );
}
