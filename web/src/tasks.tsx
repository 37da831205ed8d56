// SPDX-License-Identifier: Apache-2.0
import { count } from "./format";
import { Bar } from "./parts";
import { forget_task, resume_task, stop_task, tasks, type Task } from "./state/tasks";
import { use_store } from "./state/store";

function Row({ task }: { task: Task }) {
  const { key, title, done, left, state } = task;
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      <span role="progressbar" aria-label={title} aria-valuemin={0} aria-valuemax={done + left} aria-valuenow={done}>
        <Bar share={done / Math.max(1, done + left)} tone={state === "failed" ? "bad" : "busy"} />
      </span>
      <span class="faint">
        {count(done)} done, {count(left)} left
      </span>
      {task.why && <p class="bad">{task.why}</p>}
      <div class="buttons">
        {state === "failed" ? (
          <>
            <button type="button" onClick={() => resume_task(key)}>
              Continue
            </button>
            <button type="button" onClick={() => forget_task(key)}>
              Close
            </button>
          </>
        ) : (
          <button type="button" disabled={state === "stopping"} onClick={() => stop_task(key)} aria-label={`Stop: ${title}`}>
            {state === "stopping" ? "Stopping…" : "Stop"}
          </button>
        )}
      </div>
    </section>
  );
}

/** What is under way, whatever page is shown. */
export function Tasks() {
  const all = use_store(tasks);
  if (all.length === 0) return null;
  return (
    <div class="tasks">
      {all.map((x) => (
        <Row key={x.key} task={x} />
      ))}
    </div>
  );
}
