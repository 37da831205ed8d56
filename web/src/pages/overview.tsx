import { Chart } from "../chart";
import { count, duration, percent, rate } from "../format";
import { Icon, type IconName } from "../icons";
import { cache_totals, notices, overview, samples, type Notice } from "../live";
import { Empty, Heading, JobLink, Time } from "../parts";
import { link } from "../router";
import { use_store } from "../store";
import { takes_dead_letters } from "../types";

function Figure({ name, value, note, to, tone }: { name: string; value: string; note?: string; to: string; tone?: string }) {
  return (
    <a class={`figure ${tone ?? ""}`} href={to}>
      <span class="name">{name}</span>
      <b>{value}</b>
      <span class="note">{note ?? " "}</span>
    </a>
  );
}

function Figures() {
  const now = use_store(overview);
  const last = samples[samples.length - 1];
  const queues = now?.queues ?? [];
  const dead = queues.filter((x) => takes_dead_letters(x, queues)).reduce((n, x) => n + x.ready, 0);
  const workers = now?.workers;
  const alive = workers?.filter((x) => x.state === "alive").length;
  const { hits, reads } = cache_totals(now);
  const shown = (x: number | undefined, format = count) =>
    x === undefined || Number.isNaN(x) ? "–" : format(x);
  return (
    <section class="figures" aria-label="Key figures">
      <Figure name="Done" value={`${rate(last?.succeeded)}/s`} note={last?.failed ? `${rate(last.failed)}/s failed` : "none failed"} to={link(["jobs"], { state: "succeeded" })} />
      <Figure name="Waiting" value={shown(last?.waiting)} note={last && last.oldest > 0 ? `oldest ${duration(last.oldest * 1000)}` : "nothing waits"} to={link(["queues"])} />
      <Figure name="Running" value={shown(last?.running)} note={last ? `of ${shown(last.slots)} slots` : ""} to={link(["jobs"], { state: "running" })} />
      <Figure name="Workers" value={workers ? count(alive ?? 0) : "–"} note={workers && alive !== workers.length ? `${workers.length - (alive ?? 0)} not well` : "all alive"} to={link(["nodes"])} tone={workers && (alive === 0 || alive !== workers.length) ? "warn" : ""} />
      <Figure name="Dead letters" value={now?.queues ? count(dead) : "–"} note={dead > 0 ? "look at them" : "none"} to={link(["dead"])} tone={dead > 0 ? "bad" : ""} />
      <Figure name="Cache hits" value={reads > 0 ? percent(hits / reads) : "–"} note={reads > 0 ? "since the start" : "no reads yet"} to={link(["caches"])} />
    </section>
  );
}

const icons: Record<Notice["tone"], IconName> = { bad: "cross", warn: "warning", good: "check", plain: "dot" };

function Notices() {
  const all = use_store(notices);
  return (
    <section class="card">
      <h2>What happened</h2>
      {all.length === 0 ? (
        <Empty>Nothing out of the ordinary since this page was opened.</Empty>
      ) : (
        <div role="log" aria-label="What happened" tabIndex={0}>
        <ol class="notices">
          {all.map((x) => (
            <li key={x.key} class={x.tone}>
              <Icon name={icons[x.tone]} />
              <Time at={x.at} />
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

export function OverviewPage() {
  use_store(overview);
  return (
    <>
      <Heading title="Overview" />
      <Figures />
      <div class="charts">
        <Chart
          title="Throughput"
          format={(x) => `${rate(x)}/s`}
          lines={[
            { label: "done", of: (x) => x.succeeded, color: "--series-1" },
            { label: "failed", of: (x) => x.failed, color: "--series-2", dash: [5, 3] },
          ]}
        />
        <Chart
          title="Jobs"
          format={count}
          whole
          lines={[
            { label: "ready", of: (x) => x.waiting, color: "--series-1" },
            { label: "running", of: (x) => x.running, color: "--series-3", dash: [5, 3] },
            { label: "later", of: (x) => x.later, color: "--series-4", dash: [1.5, 3] },
          ]}
        />
        <Chart
          title="Run time"
          format={duration}
          lines={[
            { label: "median", of: (x) => x.run_p50, color: "--series-1" },
            { label: "slowest 1 %", of: (x) => x.run_p99, color: "--series-2", dash: [5, 3] },
          ]}
        />
        <Chart
          title="Workers"
          format={count}
          whole
          lines={[
            { label: "workers", of: (x) => x.workers, color: "--series-1" },
            { label: "busy slots", of: (x) => x.running, color: "--series-3", dash: [5, 3] },
            { label: "slots", of: (x) => x.slots, color: "--series-4", dash: [1.5, 3] },
          ]}
        />
      </div>
      <Notices />
    </>
  );
}
