// SPDX-License-Identifier: Apache-2.0
import { sentence_of } from "../api";
import { say } from "../messages";
import { Store } from "./store";

/** Work of many steps that goes on when its page is left, and is seen on all pages until it ends. */

export interface Task {
  key: string; // one task of a key at a time
  title: string;
  done: number;
  left: number;
  state: "running" | "stopping" | "failed";
  why?: string;
}

/** What one step did, and what it left to do. */
export interface Step {
  done: number;
  left: number;
}

interface Work {
  key: string;
  title: string;
  left: number;
  step: () => Promise<Step>;
  over: (done: number, stopped: boolean) => string; // what is said when it has ended
}

export const tasks = new Store<Task[]>([]);

const works = new Map<string, Work>();

const task_of = (key: string): Task | undefined => tasks.value.find((x) => x.key === key);

function change(key: string, x: Partial<Task>): void {
  tasks.set(tasks.value.map((task) => (task.key === key ? { ...task, ...x } : task)));
}

export function forget_task(key: string): void {
  works.delete(key);
  tasks.set(tasks.value.filter((x) => x.key !== key));
}

export const stop_task = (key: string): void => change(key, { state: "stopping" });

async function run(work: Work): Promise<void> {
  let done = task_of(work.key)?.done ?? 0;
  try {
    for (let over = false; !over && task_of(work.key)?.state === "running"; ) {
      const x = await work.step();
      done += x.done;
      change(work.key, { done, left: x.left });
      over = x.left === 0 || x.done === 0;
    }
    const stopped = (task_of(work.key)?.left ?? 0) > 0 && task_of(work.key)?.state === "stopping";
    forget_task(work.key);
    say(work.over(done, stopped));
  } catch (e) {
    change(work.key, { state: "failed", why: sentence_of(e) });
  }
}

/** Steps until nothing is left, a step does nothing, or somebody stops it. */
export function start_task(work: Work): void {
  if (task_of(work.key)) return;
  works.set(work.key, work);
  tasks.set([...tasks.value, { key: work.key, title: work.title, done: 0, left: work.left, state: "running" }]);
  void run(work);
}

/** Goes on with what failed. */
export function resume_task(key: string): void {
  const work = works.get(key);
  if (!work || task_of(key)?.state !== "failed") return;
  change(key, { state: "running", why: undefined });
  void run(work);
}

/** Whoever closes the page would end what is under way. */
export function guard_tasks(): () => void {
  const ask = (e: BeforeUnloadEvent) => {
    if (tasks.value.some((x) => x.state === "running")) e.preventDefault();
  };
  addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}
