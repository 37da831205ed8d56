// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useCallback } from "preact/hooks";
import { get_exact, request } from "../api";
import { duration, ms_since, pretty } from "../format";
import { use_throttled } from "../job_changes";
import { write_json } from "../json";
import { overview } from "../state/live";
import { Failure, Loading } from "../loading";
import { say } from "../messages";
import { Action, Badge, Cell, Confirmed, Copy, Heading, JobLink, StateBadge, TableFrame, Tags } from "../parts";
import { link } from "../router";
import { use_store } from "../state/store";
import { server_now } from "../state/clock";
import { use_job_events } from "../state/feed";
import { use_loaded } from "../state/query";
import { Moment, Time, use_now } from "../times";
import type { Delivery, Job, Json } from "../types";
import { why_not_running } from "../why";

export async function retry_job(id: string): Promise<void> {
  await request("POST", `/v1/jobs/${id}:retry`);
  say(`Job ${id} is ready to run again.`);
}

async function cancel_job(id: string): Promise<void> {
  await request("POST", `/v1/jobs/${id}:cancel`);
  say(`Job ${id} is being cancelled.`);
}

/** Bytes that a job carries: JSON, text or base64. */
function Content({ title, value, base64 }: { title: string; value?: Json; base64?: string }) {
  if (!value && !base64) return null;
  const text = base64 ?? (typeof value === "string" ? value : write_json(value));
  return (
    <section class="card">
      <h2>
        {title} {base64 && <small>base64</small>}
        <Copy text={text} what={title.toLowerCase()} />
      </h2>
      <pre tabIndex={0} aria-label={title}>
        {base64 ?? pretty(text)}
      </pre>
    </section>
  );
}

function Fact({ name, wide, children }: { name: string; wide?: boolean; children: ComponentChildren }) {
  return (
    <div class={wide ? "wide" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const limit_of = (ms: number): string => (ms === 0 ? "none" : duration(ms));

function Facts({ job }: { job: Job }) {
  return (
    <dl class="facts card">
      <Fact name="Queue">
        <a href={link(["jobs"], { queue: job.queue })}>{job.queue}</a>
      </Fact>
      <Fact name="Created">
        <Moment at={job.created_at} />
      </Fact>
      <Fact name="Scheduled for">
        <Moment at={job.run_at} />
      </Fact>
      <Fact name="Leased">
        <Moment at={job.leased_at} />
      </Fact>
      <Fact name="Finished">
        <Moment at={job.finished_at} />
      </Fact>
      <Fact name="Node">{job.node || "–"}</Fact>
      <Fact name="Priority">{job.options.priority}</Fact>
      <Fact name="Failures">
        {job.failures}
        {job.options.max_attempts > 0 && ` of ${job.options.max_attempts}`}
      </Fact>
      <Fact name="Lost leases">{job.losses}</Fact>
      <Fact name="Deliveries">{job.deliveries}</Fact>
      <Fact name="Run time-out">{limit_of(job.options.run_timeout_ms)}</Fact>
      {job.epoch !== "0" && (
        <Fact name="Epoch">
          <code>{job.epoch}</code>
        </Fact>
      )}
      {job.origin && (
        <Fact name="Copy of">
          <JobLink id={job.origin} /> in {job.origin_queue}
        </Fact>
      )}
      {job.traceparent && (
        <Fact name="Trace" wide>
          <code>{job.traceparent}</code> <Copy text={job.traceparent} what="traceparent" />
        </Fact>
      )}
      {job.tags && job.tags.length > 0 && (
        <Fact name="Tags" wide>
          <Tags tags={job.tags} to={(tag) => link(["jobs"], { tag })} />
        </Fact>
      )}
    </dl>
  );
}

function Attempt({ x }: { x: Delivery }) {
  return (
    <tr>
      <th scope="row" class="number">
        {x.attempt}
      </th>
      <Cell name="Node">{x.node}</Cell>
      <Cell name="Leased">
        <Time at={x.leased_at} />
      </Cell>
      <Cell name="Took" class="number">{x.leased_at && x.ended_at ? duration(ms_since(x.leased_at, Date.parse(x.ended_at))) : "–"}</Cell>
      <Cell name="End">
        {x.reason === "none" ? (
          <Badge tone="good" icon="check">succeeded</Badge>
        ) : x.reason === "released" || x.reason === "snoozed" ? (
          <Badge tone="plain" icon="again">{x.reason}</Badge>
        ) : (
          <Badge tone="bad" icon="cross">{x.reason.replaceAll("_", " ")}</Badge>
        )}
      </Cell>
      <Cell name="Error" class="text">{x.error ?? x.error_base64 ?? ""}</Cell>
    </tr>
  );
}

function Attempts({ job }: { job: Job }) {
  const past = job.history ?? [];
  const running = job.state === "running";
  if (past.length === 0 && !running && job.state !== "succeeded") return null;
  return (
    <section>
      <h2>Attempts</h2>
      <TableFrame label="Attempts">
        <thead>
          <tr>
            <th scope="col" class="number">Attempt</th>
            <th scope="col">Node</th>
            <th scope="col">Leased</th>
            <th scope="col" class="number">Took</th>
            <th scope="col">End</th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {past.map((x) => (
            <Attempt key={x.epoch} x={x} />
          ))}
          {(running || job.state === "succeeded") && (
            <tr>
              <th scope="row" class="number">
                {job.failures + job.losses + 1}
              </th>
              <Cell name="Node">{job.node}</Cell>
              <Cell name="Leased">
                <Time at={job.leased_at} />
              </Cell>
              <Cell name="Took" class="number">
                {job.leased_at ? duration(Math.max(0, ms_since(job.leased_at, job.finished_at ? Date.parse(job.finished_at) : server_now()))) : "–"}
              </Cell>
              <Cell name="End">
                <StateBadge state={job.state} />
              </Cell>
              <Cell name="Error" />
            </tr>
          )}
        </tbody>
      </TableFrame>
    </section>
  );
}

function Why({ job }: { job: Job }) {
  const now = use_store(overview);
  const time = use_now();
  return (
    <p class="why">
      <StateBadge state={job.state} /> {why_not_running(job, now?.queues ?? [], now?.workers ?? [], time)}
    </p>
  );
}

export function JobPage({ id }: { id: string }) {
  const loaded = use_loaded((signal) => get_exact<Job>(`/v1/jobs/${encodeURIComponent(id)}`, signal), [id]);
  const reload = use_throttled(loaded.again);
  const take = useCallback(() => reload(), []);
  use_job_events(take, reload, id);
  const job = loaded.value;
  const act = (run: (id: string) => Promise<void>) => async () => {
    await run(id);
    loaded.again();
  };
  return (
    <>
      <Heading title={<>Job <span class="id">{id}</span></>}>
        {job && (job.state === "dead" || job.state === "cancelled") && (
          <Action tone="primary" needs="jobs:change" run={act(retry_job)}>
            Retry
          </Action>
        )}
        {job && ["scheduled", "ready", "running", "retrying"].includes(job.state) && (
          <Confirmed needs="jobs:change" question={`Cancel job ${id}?`} run={act(cancel_job)}>
            Cancel the job
          </Confirmed>
        )}
      </Heading>
      <Failure why={loaded.why} again={loaded.again} />
      {!job && !loaded.why && <Loading />}
      {job && (
        <>
          <Why job={job} />
          {job.state !== "succeeded" && <Content title="Error" value={job.error} base64={job.error_base64} />}
          <Facts job={job} />
          <Attempts job={job} />
          <div class="columns">
            <Content title="Payload" value={job.payload} base64={job.payload_base64} />
            <Content title="Output" value={job.result} base64={job.result_base64} />
          </div>
        </>
      )}
    </>
  );
}
