import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api";
import { duration, ms_since } from "../format";
import { Icon } from "../icons";
import { overview, use_job_events } from "../live";
import { Empty, Failure, Heading, JobLink, StateBadge, TableFrame, Time, job_states, use_loaded } from "../parts";
import { go, link } from "../router";
import { use_store } from "../store";
import type { Job, JobEvent, JobState } from "../types";

const page = 50;

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

/** What of a job matters in its row: the last error, or how long it took. */
function Remark({ job }: { job: Job }) {
  if (job.error && job.state !== "succeeded") return <span class="bad">{job.error}</span>;
  if (job.state === "succeeded" && job.leased_at && job.finished_at)
    return <span class="faint">took {duration(ms_since(job.leased_at, Date.parse(job.finished_at)))}</span>;
  return null;
}

function Row({ job }: { job: Job }) {
  return (
    <tr>
      <th scope="row">
        <JobLink id={job.id} />
      </th>
      <td>
        <StateBadge state={job.state} />
      </td>
      <td>{job.queue}</td>
      <td>
        <Time at={job.created_at} />
      </td>
      <td class="number">{job.deliveries}</td>
      <td>{job.node || <span class="faint">–</span>}</td>
      <td class="long">
        <Remark job={job} />
      </td>
    </tr>
  );
}

interface Filter {
  queue: string;
  state: string;
  before: string;
}

function path_of(x: Filter): string {
  const parameters = new URLSearchParams({ limit: String(page) });
  for (const [name, value] of Object.entries(x)) if (value) parameters.set(name, value);
  return `/v1/jobs?${parameters}`;
}

/** Ids are found exactly; anything else narrows the list that is shown. */
function SearchBox({ text, change }: { text: string; change: (x: string) => void }) {
  const submit = (e: Event) => {
    e.preventDefault();
    if (/^\d+$/.test(text.trim())) go(link(["jobs", text.trim()]));
  };
  return (
    <form role="search" onSubmit={submit} class="search">
      <Icon name="search" />
      <input type="search" data-search aria-label="Id of a job; Enter opens it" placeholder="Id, Enter opens it" value={text} onInput={(e) => change(e.currentTarget.value)} />
    </form>
  );
}

export function JobsPage({ query }: { query: URLSearchParams }) {
  const filter: Filter = {
    queue: query.get("queue") ?? "",
    state: query.get("state") ?? "",
    before: query.get("before") ?? "",
  };
  const [text, set_text] = useState("");
  const loaded = use_loaded(
    (signal) => get<{ jobs: Job[]; next: string }>(path_of(filter), signal),
    [filter.queue, filter.state, filter.before],
  );
  const [patched, set_patched] = useState(new Map<string, JobEvent>());
  useEffect(() => set_patched(new Map()), [loaded.value]);
  const reload = use_throttled(loaded.again);

  const take = useCallback((events: JobEvent[]) => {
    set_patched((x) => {
      const y = new Map(x);
      for (const event of events) y.set(event.job, event);
      return y;
    });
    reload();
  }, []);
  use_job_events(take, reload);

  // Jobs that nobody takes yet make no event, but change the depths.
  const now = use_store(overview);
  const depths = (now?.queues ?? [])
    .filter((x) => !filter.queue || x.name === filter.queue)
    .map((x) => job_states.map((state) => x[state]).join())
    .join();
  useEffect(() => {
    if (!filter.before) reload();
  }, [depths]);

  const jobs = (loaded.value?.jobs ?? [])
    .map((x) => (patched.has(x.id) ? job_after(x, patched.get(x.id)!) : x))
    .filter((x) => text === "" || x.id.includes(text.trim()));
  const to = (x: Partial<Filter>) => link(["jobs"], { ...filter, before: "", ...x });
  return (
    <>
      <Heading title="Jobs">
        <SearchBox text={text} change={set_text} />
        <label>
          <span>State</span>
          <select aria-label="State" value={filter.state} onChange={(e) => go(to({ state: e.currentTarget.value }))}>
            <option value="">any state</option>
            {job_states.map((x) => (
              <option key={x}>{x}</option>
            ))}
          </select>
        </label>
        <label>
          <span>Queue</span>
          <select aria-label="Queue" value={filter.queue} onChange={(e) => go(to({ queue: e.currentTarget.value }))}>
            <option value="">all queues</option>
            {[...new Set([...(now?.queues ?? []).map((x) => x.name), ...(filter.queue ? [filter.queue] : [])])].map((x) => (
              <option key={x}>{x}</option>
            ))}
          </select>
        </label>
      </Heading>
      <Failure why={loaded.why} />
      {loaded.value && jobs.length === 0 && <Empty>No job is like this.</Empty>}
      {jobs.length > 0 && (
        <TableFrame label="Jobs">
          <thead>
            <tr>
              <th scope="col">Id</th>
              <th scope="col">State</th>
              <th scope="col">Queue</th>
              <th scope="col">Created</th>
              <th scope="col" class="number">Deliveries</th>
              <th scope="col">Node</th>
              <th scope="col">Remark</th>
            </tr>
          </thead>
          <tbody>
            {jobs.map((x) => (
              <Row key={x.id} job={x} />
            ))}
          </tbody>
        </TableFrame>
      )}
      <nav class="pages" aria-label="Pages">
        {filter.before && <a href={to({})}>Newest</a>}
        {loaded.value?.next && <a href={to({ before: loaded.value.next })}>Older</a>}
      </nav>
    </>
  );
}
