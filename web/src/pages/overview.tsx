// SPDX-License-Identifier: Apache-2.0
import { Chart, type Line, type Powers } from "../chart";
import { age, compact, count, duration, percent, rate } from "../format";
import { Icon, type IconName } from "../icons";
import { bound, type Between } from "../latency";
import { age_of, letter_queues } from "../letters";
import { notices, overview, type Notice } from "../state/live";
import { Empty, Unwatched } from "../loading";
import { Heading, JobLink } from "../parts";
import { link } from "../router";
import { cache_totals, samples, times_window_s, type Sample } from "../samples";
import { use_store } from "../state/store";
import { Clock } from "../times";

function Figure({ name, value, exact, note, to, tone }: { name: string; value: string; exact?: string; note?: string; to: string; tone?: string }) {
  return (
    <a class={`figure ${tone ?? ""}`} href={to}>
      <span class="name">{name}</span>
      <b title={exact}>{value}</b>
      <span class="note">{note ?? " "}</span>
    </a>
  );
}

function Figures() {
  const now = use_store(overview);
  const last = samples[samples.length - 1];
  const queues = now?.queues ?? [];
  const letters = letter_queues(queues).filter((x) => x.ready > 0);
  const dead = letters.reduce((n, x) => n + x.ready, 0);
  const oldest = Math.max(0, ...letters.map(age_of));
  const workers = now?.workers;
  const alive = workers?.filter((x) => x.state === "alive").length ?? 0;
  const { hits, reads } = cache_totals(now);
  const known = (x: number | undefined): x is number => x !== undefined && !Number.isNaN(x);
  const shown = (x: number | undefined) => (known(x) ? compact(x) : "–");
  const well = !workers || (alive > 0 && alive === workers.length);
  const health = workers?.length === 0 ? "no jobs run" : well ? "all alive" : `${workers.length - alive} not alive`;
  return (
    <section class="figures" aria-label="Key figures">
      <Figure name="Done" value={`${rate(last?.succeeded)}/s`} note={!known(last?.failed) ? "" : last.failed > 0 ? `${rate(last.failed)}/s failed` : "none failed"} to={link(["jobs"], { state: "succeeded" })} />
      <Figure name="Waiting" value={shown(last?.waiting)} exact={known(last?.waiting) ? count(last.waiting) : undefined} note={!known(last?.oldest) ? "" : last.oldest > 0 ? `oldest ${duration(last.oldest * 1000)}` : "none waiting"} to={link(["jobs"], { state: "ready" })} />
      <Figure name="Running" value={shown(last?.running)} note={known(last?.slots) ? `of ${shown(last.slots)} slots` : ""} to={link(["jobs"], { state: "running" })} />
      <Figure name="Workers" value={workers ? count(alive) : "–"} note={workers ? health : ""} to={link(["nodes"])} tone={well ? "" : "warn"} />
      <Figure name="Dead letters" value={now?.queues ? compact(dead) : "–"} exact={count(dead)} note={!now?.queues ? "" : dead === 0 ? "none" : `oldest ${age(oldest)}`} to={link(["dead"])} tone={dead > 0 ? "bad" : ""} />
      <Figure name="Cache hits" value={reads > 0 ? percent(hits / reads) : "–"} note={!now ? "" : reads > 0 ? "since the start" : "no reads yet"} to={link(["caches"])} />
    </section>
  );
}

const icons: Record<Notice["tone"], IconName> = { bad: "cross", warn: "warning", good: "check", plain: "dot" };

function Notices() {
  const all = use_store(notices);
  return (
    <section class="card happened">
      <h2>Recent events</h2>
      {all.length === 0 ? (
        <Empty>Nothing unusual since this page was opened.</Empty>
      ) : (
        <div role="log" aria-label="Recent events" tabIndex={0}>
          <ol class="notices">
            {all.map((x) => (
              <li key={x.key} class={x.tone}>
                <Icon name={icons[x.tone]} />
                <Clock at={x.at} />
                <span>
                  {x.job && (
                    <>
                      Job <JobLink id={x.job} />{" "}
                    </>
                  )}
                  {x.text}
                </span>
              </li>
            ))}
          </ol>
        </div>
      )}
    </section>
  );
}

// -- times ---------------------------------------------------------------------------------------

// Below the first bound of the buckets (1 ms), above the last one (30 min).
const powers: Powers = { lowest: 0.5, marks: [1, 10, 100, 1000, 10_000, 60_000, 600_000] };
const above_all_ms = 3_600_000;

const line_of = (label: string, of: (x: Sample) => Between | null, color: string, dash?: number[]): Line => ({
  label,
  color,
  dash,
  of: (x) => Math.min(above_all_ms, of(x)?.high ?? NaN),
  from: (x) => of(x)?.low ?? NaN,
  text: (x) => bound(of(x)!),
});

const lines_of = (which: "start" | "run"): Line[] => [
  line_of("50 %", (x) => x[which].p50, "--series-1"),
  line_of("99 %", (x) => x[which].p99, "--series-2", [5, 3]),
];

function About({ what }: { what: string }) {
  return (
    <>
      <p>
        {what}, of all queues, in the last {times_window_s} seconds at each point: half of them took at most as
        long as the first line says, 99 % as long as the second.
      </p>
      <p>
        They are counted in buckets, whose upper bounds are 1, 2.5, 5, 10, 25, 50, … ms, up to 30 min. So the
        exact time is not known: it lies in the shaded bucket, and the line is its upper bound.
      </p>
    </>
  );
}

export function OverviewPage() {
  use_store(overview);
  return (
    <>
      <Heading title="Overview" />
      <Unwatched />
      <Figures />
      <div class="charts">
        <Chart
          title="Throughput"
          format={(x) => `${rate(x)}/s`}
          lines={[
            { label: "in", of: (x) => x.enqueued, color: "--series-4", dash: [1.5, 3] },
            { label: "done", of: (x) => x.succeeded, color: "--series-1" },
            { label: "failed", of: (x) => x.failed, color: "--series-2", dash: [5, 3] },
          ]}
        />
        <Chart
          title="Jobs"
          format={compact}
          whole
          lines={[
            { label: "ready", of: (x) => x.waiting, color: "--series-1" },
            { label: "running", of: (x) => x.running, color: "--series-3", dash: [5, 3] },
            { label: "later", of: (x) => x.later, color: "--series-4", dash: [1.5, 3] },
          ]}
        />
        <Chart
          title="Start latency"
          format={duration}
          powers={powers}
          lines={lines_of("start")}
          about={<About what="From when a job was due until a worker was given it, the first time" />}
        />
        <Chart
          title="Run time"
          format={duration}
          powers={powers}
          lines={lines_of("run")}
          about={<About what="From the start of a handler until its outcome was durable" />}
        />
        <Chart
          title="Workers"
          format={compact}
          whole
          lines={[
            { label: "workers", of: (x) => x.workers, color: "--series-1" },
            { label: "busy", of: (x) => x.running, color: "--series-3", dash: [5, 3] },
            { label: "slots", of: (x) => x.slots, color: "--series-4", dash: [1.5, 3] },
          ]}
        />
        <Chart
          title="Cache hits"
          format={percent}
          ceiling={1.05}
          lines={[{ label: "of reads", of: (x) => x.hit_ratio, color: "--series-1" }]}
        />
      </div>
      <Notices />
    </>
  );
}
