// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";
import { get } from "./api";
import { overview } from "./live";
import { find_oldest, type Found } from "./oldest";
import { Store, use_store } from "./store";
import { takes_dead_letters, type JobPage, type Queue } from "./types";

/** How old dead letters are. Nobody works on their queues, so that no overview tells. */

/** The oldest letter by queue, where it is known. */
const oldest = new Store(new Map<string, Found>());

interface Looked {
  ready: number; // letters that there were then
  at: number;
}

const looked = new Map<string, Looked>();
const look_again_ms = 10_000;

async function look(queue: Queue): Promise<void> {
  looked.set(queue.name, { ready: queue.ready, at: Date.now() });
  const path = `/v1/jobs?queue=${encodeURIComponent(queue.name)}&state=ready&limit=1`;
  const found = await find_oldest(async (before) => {
    const job = (await get<JobPage>(before === null ? path : `${path}&before=${before}`)).jobs[0];
    return job ? { id: BigInt(job.id), created_at: job.created_at ?? "" } : null;
  }, oldest.value.get(queue.name));
  const now = new Map(oldest.value);
  if (found) now.set(queue.name, found);
  else now.delete(queue.name);
  oldest.set(now);
}

function look_around(): void {
  const queues = overview.value?.queues ?? [];
  for (const x of queues) {
    const last = looked.get(x.name);
    const due = !last || (last.ready !== x.ready && Date.now() - last.at > look_again_ms);
    // Who may not read jobs does not learn their age.
    if (due && x.ready > 0 && takes_dead_letters(x, queues)) look(x).catch(() => {});
  }
}

export const letter_queues = (queues: Queue[]): Queue[] => queues.filter((x) => takes_dead_letters(x, queues));

/** The age of the oldest letter in milliseconds, by queue; NaN: not known (yet). */
export function use_letter_age(): (queue: Queue) => number {
  const known = use_store(oldest);
  useEffect(() => {
    look_around();
    return overview.watch(look_around);
  }, []);
  return (queue) => {
    const found = queue.ready > 0 ? known.get(queue.name) : undefined;
    return found ? Math.max(0, Date.now() - Date.parse(found.created_at)) : NaN;
  };
}
