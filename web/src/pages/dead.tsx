import { useCallback, useEffect } from "preact/hooks";
import { get } from "../api";
import { count } from "../format";
import { overview, use_job_events } from "../live";
import { Action, Empty, Failure, Heading, JobLink, TableFrame, Time, use_loaded } from "../parts";
import { Redrive } from "../redrive";
import { link } from "../router";
import { use_store } from "../store";
import { takes_dead_letters, type Job, type JobEvent } from "../types";
import { retry_job } from "./job";
import { use_throttled } from "./jobs";

function LetterQueues() {
  const now = use_store(overview);
  const all = now?.queues ?? [];
  const queues = all.filter((x) => takes_dead_letters(x, all));
  if (queues.length === 0) return null;
  return (
    <section>
      <h2>Dead-letter queues</h2>
      <p class="faint">
        Copies of dead jobs. To redrive is to send them back, as new jobs, to the queues they came from.
      </p>
      <TableFrame label="Dead-letter queues">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col" class="number">Letters</th>
            <th scope="col"><span class="hidden">Redrive</span></th>
          </tr>
        </thead>
        <tbody>
          {queues.map((x) => (
            <tr key={x.name}>
              <th scope="row">
                <a href={link(["jobs"], { queue: x.name, state: "ready" })}>{x.name}</a>
              </th>
              <td class="number">{count(x.ready)}</td>
              <td>
                <Redrive queue={x.name} waiting={x.ready} />
              </td>
            </tr>
          ))}
        </tbody>
      </TableFrame>
    </section>
  );
}

const changes_the_list = new Set<JobEvent["kind"]>(["dead", "leased"]);

export function DeadPage({ query }: { query: URLSearchParams }) {
  const before = query.get("before") ?? "";
  const loaded = use_loaded(
    (signal) => get<{ jobs: Job[]; next: string }>(`/v1/jobs?state=dead&limit=50&before=${before || 0}`, signal),
    [before],
  );
  const reload = use_throttled(loaded.again);
  const take = useCallback((events: JobEvent[]) => {
    if (events.some((x) => changes_the_list.has(x.kind))) reload();
  }, []);
  use_job_events(take, reload);
  const dead = use_store(overview)?.queues?.reduce((n, x) => n + x.dead, 0);
  useEffect(() => reload(), [dead]);
  const jobs = loaded.value?.jobs ?? [];
  return (
    <>
      <Heading title="Dead letters" />
      <LetterQueues />
      <section>
        <h2>Dead jobs</h2>
        <Failure why={loaded.why} />
        {loaded.value && jobs.length === 0 && <Empty>No job was given up. Good.</Empty>}
        {jobs.length > 0 && (
          <TableFrame label="Dead jobs">
            <thead>
              <tr>
                <th scope="col">Id</th>
                <th scope="col">Queue</th>
                <th scope="col">Died</th>
                <th scope="col" class="number">Failures</th>
                <th scope="col" class="number">Losses</th>
                <th scope="col">Error</th>
                <th scope="col"><span class="hidden">Retry</span></th>
              </tr>
            </thead>
            <tbody>
              {jobs.map((x) => (
                <tr key={x.id}>
                  <th scope="row">
                    <JobLink id={x.id} />
                  </th>
                  <td>{x.queue}</td>
                  <td>
                    <Time at={x.finished_at} />
                  </td>
                  <td class="number">{x.failures}</td>
                  <td class="number">{x.losses}</td>
                  <td class="long">{x.error || x.reason.replaceAll("_", " ")}</td>
                  <td>
                    <Action
                      aria-label={`Retry job ${x.id}`}
                      run={async () => {
                        await retry_job(x.id);
                        loaded.again();
                      }}
                    >
                      Retry
                    </Action>
                  </td>
                </tr>
              ))}
            </tbody>
          </TableFrame>
        )}
        <nav class="pages" aria-label="Pages">
          {before && <a href={link(["dead"])}>Newest</a>}
          {loaded.value?.next && <a href={link(["dead"], { before: loaded.value.next })}>Older</a>}
        </nav>
      </section>
    </>
  );
}
