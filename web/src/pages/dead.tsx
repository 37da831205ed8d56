// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect } from "preact/hooks";
import { get } from "../api";
import { age, count } from "../format";
import { use_throttled } from "../job_changes";
import { age_of, letter_queues } from "../letters";
import { overview } from "../state/live";
import { Empty, Failure, Fresh, Loading } from "../loading";
import { Action, Cell, Heading, JobLink, TableFrame } from "../parts";
import { Redrive } from "../redrive";
import { link } from "../router";
import { use_store } from "../state/store";
import { use_job_events } from "../state/feed";
import { use_loaded } from "../state/query";
import { Time } from "../times";
import type { JobEvent, JobPage } from "../types";
import { retry_job } from "./job";

function LetterQueues() {
  const now = use_store(overview);
  const queues = letter_queues(now?.queues ?? []);
  if (queues.length === 0) return null;
  return (
    <section>
      <h2>Dead-letter queues</h2>
      <p class="faint">
        Copies of dead jobs. Redriving sends them back, as new jobs, to the queues they came from.
      </p>
      <TableFrame label="Dead-letter queues">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col" class="number">Letters</th>
            <th scope="col" class="number">Oldest</th>
            <th scope="col"><span class="hidden">Redrive</span></th>
          </tr>
        </thead>
        <tbody>
          {queues.map((x) => (
            <tr key={x.name}>
              <th scope="row">
                <a href={link(["jobs"], { queue: x.name, state: "ready" })}>{x.name}</a>
              </th>
              <Cell name="Letters" class="number">
                {count(x.ready)}
              </Cell>
              <Cell name="Oldest" class="number">
                {age(age_of(x))}
              </Cell>
              <td class="actions">
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
    (signal) => get<JobPage>(`/v1/jobs?state=dead&limit=50&before=${before || 0}`, signal),
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
        <Failure why={loaded.why} again={loaded.again} />
        {!loaded.value && !loaded.why && <Loading />}
        {loaded.value && jobs.length === 0 && <Empty>There are no dead jobs.</Empty>}
        <Fresh stale={loaded.stale}>
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
                    <Cell name="Queue" class="name">
                      {x.queue}
                    </Cell>
                    <Cell name="Died" class="age">
                      <Time at={x.finished_at} />
                    </Cell>
                    <Cell name="Failures" class="number">
                      {x.failures}
                    </Cell>
                    <Cell name="Losses" class="number">
                      {x.losses}
                    </Cell>
                    <Cell name="Error" class="long" title={x.error}>
                      {x.error || x.reason.replaceAll("_", " ")}
                    </Cell>
                    <td class="actions">
                      <Action
                        needs="jobs:change"
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
        </Fresh>
        <nav class="pages" aria-label="Pages">
          {before && <a href={link(["dead"])}>Newest</a>}
          {loaded.value?.next && <a href={link(["dead"], { before: loaded.value.next })}>Older</a>}
        </nav>
      </section>
    </>
  );
}
