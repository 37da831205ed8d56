// SPDX-License-Identifier: Apache-2.0
import { useRef, useState } from "preact/hooks";
import { request, sentence_of } from "./api";
import { count, counted } from "./format";
import { say } from "./messages";
import { Bar } from "./parts";

const batch = 100;

/** Moves dead letters back, a batch at a time, until none is left or somebody stops it. */
export function Redrive({ queue, waiting }: { queue: string; waiting: number }) {
  const [progress, set_progress] = useState<{ moved: number; left: number } | null>(null);
  const stopped = useRef(false);

  const run = async () => {
    stopped.current = false;
    let moved = 0;
    set_progress({ moved, left: waiting });
    try {
      while (!stopped.current) {
        const { body } = await request<{ moved: number; left: number }>(
          "POST",
          `/v1/queues/${encodeURIComponent(queue)}:redrive?limit=${batch}`,
        );
        moved += body.moved;
        set_progress({ moved, left: body.left });
        if (body.left === 0 || body.moved === 0) break;
      }
      say(`${counted(moved, "job")} went back to where they came from.`);
    } catch (e) {
      say(sentence_of(e), "bad");
    }
    set_progress(null);
  };

  if (!progress)
    return (
      <button type="button" onClick={run} disabled={waiting === 0} aria-label={`Redrive ${queue}`}>
        Redrive
      </button>
    );
  return (
    <span class="redrive">
      <span role="progressbar" aria-label={`Redriving ${queue}`} aria-valuemin={0} aria-valuemax={progress.moved + progress.left} aria-valuenow={progress.moved}>
        <Bar share={progress.moved / Math.max(1, progress.moved + progress.left)} />
      </span>
      <span class="faint">
        {count(progress.moved)} moved, {count(progress.left)} left
      </span>
      <button type="button" onClick={() => (stopped.current = true)}>
        Stop
      </button>
    </span>
  );
}
