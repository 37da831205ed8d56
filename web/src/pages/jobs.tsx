// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api";
import { count, counted, duration, ms_since } from "../format";
import { FilterTools, filter_of, jobs_a_page, jobs_searched, list_of, path_of, type Filter } from "../job_filter";
import { job_after, use_throttled } from "../job_changes";
import { overview } from "../state/live";
import { Empty, Failure, Fresh, Loading } from "../loading";
import { Cell, Heading, JobLink, StateBadge, TableFrame, Tags, job_states } from "../parts";
import { link } from "../router";
import { use_job_events } from "../state/feed";
import { use_loaded, type Loaded } from "../state/query";
import { use_store } from "../state/store";
import { Time } from "../times";
import type { Job, JobEvent, JobPage } from "../types";

/** What of a job matters in its row: the last error, or how long it took. */
function Details({ job }: { job: Job }) {
  if (job.error && job.state !== "succeeded")
    return (
      <span class="bad" title={job.error}>
        {job.error}
      </span>
    );
  if (job.state === "succeeded" && job.leased_at && job.finished_at)
    return <span class="faint">took {duration(ms_since(job.leased_at, Date.parse(job.finished_at)))}</span>;
  return null;
}

function Row({ job, filter, tagged }: { job: Job; filter: Filter; tagged: boolean }) {
  return (
    <tr>
      <th scope="row">
        <JobLink id={job.id} />
      </th>
      <Cell name="State">
        <StateBadge state={job.state} />
      </Cell>
      <Cell name="Queue" class="name">
        {job.queue}
      </Cell>
      {tagged && (
        <Cell name="Tags" class="tagged">
          <Tags tags={job.tags} to={(tag) => list_of(filter, { tag })} />
        </Cell>
      )}
      <Cell name="Created" class="age">
        <Time at={job.created_at} />
      </Cell>
      <Cell name="Deliveries" class="number">
        {job.deliveries}
      </Cell>
      <Cell name="Node" class="name">
        {job.node || <span class="faint">–</span>}
      </Cell>
      <Cell name="Details" class="long">
        <Details job={job} />
      </Cell>
    </tr>
  );
}

function List({ jobs, filter }: { jobs: Job[]; filter: Filter }) {
  const tagged = jobs.some((x) => x.tags?.length);
  return (
    <TableFrame label="Jobs">
      <thead>
        <tr>
          <th scope="col">Id</th>
          <th scope="col">State</th>
          <th scope="col">Queue</th>
          {tagged && <th scope="col">Tags</th>}
          <th scope="col">Created</th>
          <th scope="col" class="number">Deliveries</th>
          <th scope="col">Node</th>
          <th scope="col">Details</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((x) => (
          <Row key={x.id} job={x} filter={filter} tagged={tagged} />
        ))}
      </tbody>
    </TableFrame>
  );
}

/** How far a search for a text got: it looks at a limited number of jobs at a time. */
function Searched({ loaded, filter }: { loaded: Loaded<JobPage>; filter: Filter }) {
  const { jobs, next } = loaded.value!;
  if (loaded.stale)
    return (
      <p class="searched" role="status">
        Searching…
      </p>
    );
  const early = next && jobs.length < jobs_a_page;
  const others = filter.queue || filter.state || filter.tag ? " that match the other filters" : "";
  const where = filter.before ? `the next ${count(jobs_searched)} jobs` : `the newest ${count(jobs_searched)} jobs`;
  return (
    <p class="searched" role="status">
      {early ? `Searched ${where}${others}: found ${jobs.length || "none"}.` : next ? `Found ${jobs.length} so far.` : `Searched all${filter.before ? " the rest" : ""}: found ${counted(jobs.length, "job")}.`}{" "}
      {early && <a href={list_of(filter, { before: next })}>Search older jobs</a>}
      <button type="button" onClick={loaded.again}>
        Search again
      </button>
    </p>
  );
}

function Nothing({ filter }: { filter: Filter }) {
  if (!filter.queue && !filter.state && !filter.tag && !filter.text && !filter.before)
    return (
      <Empty>
        There are no jobs yet. <code>troupe submit QUEUE --payload JSON</code> or <code>POST /v1/queues/QUEUE/jobs</code> adds one.
      </Empty>
    );
  return (
    <Empty>
      No jobs match. <a href={link(["jobs"])}>Show all</a>
    </Empty>
  );
}

/** Calls `reload` when jobs change, but not while the pointer is over the list: rows stay where they are. */
function use_still(reload: () => void) {
  const [still, set_still] = useState(false);
  const [late, set_late] = useState(false);
  const now = useRef(still);
  now.current = still;
  return {
    still,
    reload: use_throttled(() => (now.current ? set_late(true) : reload())),
    hold: {
      onPointerEnter: (e: PointerEvent) => e.pointerType === "mouse" && set_still(true),
      onPointerLeave: () => {
        set_still(false);
        if (late) reload();
        set_late(false);
      },
    },
  };
}

export function JobsPage({ query }: { query: URLSearchParams }) {
  const filter = filter_of(query);
  const loaded = use_loaded((signal) => get<JobPage>(path_of(filter), signal), Object.values(filter));
  const [patched, set_patched] = useState(new Map<string, JobEvent>());
  useEffect(() => set_patched(new Map()), [loaded.value]);
  // A search for a text costs more than a list: it is repeated when its reader wants it.
  const { still, reload, hold } = use_still(() => filter.text || loaded.again());

  const listed = useRef(new Set<string>());
  listed.current = new Set(loaded.value?.jobs.map((x) => x.id));
  const take = useCallback((events: JobEvent[]) => {
    const seen = events.filter((x) => listed.current.has(x.job));
    if (seen.length > 0) set_patched((x) => new Map([...x, ...seen.map((event) => [event.job, event] as const)]));
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

  const jobs = (loaded.value?.jobs ?? []).map((x) => (patched.has(x.id) ? job_after(x, patched.get(x.id)!) : x));
  return (
    <>
      <Heading title="Jobs">{still && jobs.length > 0 && <span class="faint">not updated while the pointer is over the list</span>}</Heading>
      <FilterTools filter={filter} seen={jobs} />
      <Failure why={loaded.why} again={loaded.again} />
      {!loaded.value && !loaded.why && <Loading />}
      {loaded.value && filter.text && <Searched loaded={loaded} filter={filter} />}
      {loaded.value && !loaded.stale && jobs.length === 0 && !(filter.text && loaded.value.next) && <Nothing filter={filter} />}
      <div {...hold}>
        <Fresh stale={loaded.stale}>{jobs.length > 0 && <List jobs={jobs} filter={filter} />}</Fresh>
      </div>
      <nav class="pages" aria-label="Pages">
        {filter.before && <a href={list_of(filter, {})}>Newest</a>}
        {loaded.value?.next && jobs.length === jobs_a_page && <a href={list_of(filter, { before: loaded.value.next })}>Older</a>}
      </nav>
    </>
  );
}
