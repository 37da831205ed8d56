import { request } from "../api";
import { count, duration } from "../format";
import { gone_workers, overview, worker_key } from "../live";
import { Bar, Confirmed, Empty, Heading, JobLink, TableFrame, Time, WorkerBadge, say } from "../parts";
import { use_store } from "../store";
import type { Worker } from "../types";

async function drain(node: string): Promise<void> {
  await request("POST", `/v1/workers/${encodeURIComponent(node)}:drain`);
  say(`${node} takes nothing new.`);
}

// More are counted, not shown.
const leases_shown = 12;

function WorkerCard({ worker, gone_at }: { worker: Worker; gone_at?: number }) {
  const runs = worker.leases.slice(0, leases_shown);
  return (
    <li class={`card worker ${gone_at ? "gone" : ""}`} data-worker={worker.node}>
      <h3>
        {worker.node} <WorkerBadge state={gone_at ? "gone" : worker.state} />
      </h3>
      <p class="faint">
        {gone_at
          ? `last seen ${duration(Date.now() - gone_at)} ago`
          : `heartbeat ${duration(worker.heartbeat_age_ms)} ago`}
      </p>
      <p class="slots">
        <Bar share={worker.leases.length / Math.max(1, worker.slots)} tone={gone_at ? "bad" : "busy"} />
        <span>
          {count(Math.min(worker.leases.length, worker.slots))} of {count(worker.slots)} slots
        </span>
      </p>
      {runs.length > 0 && (
        <p>
          {gone_at ? "It held " : "Holds "}
          {runs.map((x, i) => (
            <span key={x.epoch}>
              {i > 0 && ", "}
              <JobLink id={x.job} />
            </span>
          ))}
          {worker.leases.length > runs.length && ` and ${count(worker.leases.length - runs.length)} more`}
        </p>
      )}
      <p class="faint queues">{worker.queues.join(", ")}</p>
      {!gone_at && worker.state !== "draining" && (
        <p>
          <Confirmed label={`Drain ${worker.node}`} question={`Let ${worker.node} end what it runs and take nothing new, until its node starts again?`} run={() => drain(worker.node)}>
            Drain
          </Confirmed>
        </p>
      )}
    </li>
  );
}

function Nodes() {
  const now = use_store(overview);
  return (
    <section>
      <h2>Nodes</h2>
      <TableFrame label="Nodes">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Roles</th>
            <th scope="col">Address</th>
            <th scope="col" class="number">Process</th>
            <th scope="col">Version</th>
            <th scope="col">Started</th>
          </tr>
        </thead>
        <tbody>
          {(now?.nodes ?? []).map((x) => (
            <tr key={x.name}>
              <th scope="row">{x.name}</th>
              <td>{x.roles.join(", ")}</td>
              <td>{x.address || <span class="faint">connects only</span>}</td>
              <td class="number">{x.pid}</td>
              <td>{x.version}</td>
              <td>
                <Time at={x.started_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </TableFrame>
    </section>
  );
}

export function NodesPage() {
  const now = use_store(overview);
  const workers = now?.workers ?? [];
  const gone = [...gone_workers.values()].filter(
    ({ worker }) => !workers.some((x) => worker_key(x) === worker_key(worker)),
  );
  return (
    <>
      <Heading title="Nodes and workers" />
      <section>
        <h2>Workers</h2>
        {now && workers.length + gone.length === 0 && <Empty>No worker is registered: nothing runs.</Empty>}
        <ul class="workers">
          {workers.map((x) => (
            <WorkerCard key={worker_key(x)} worker={x} />
          ))}
          {gone.map((x) => (
            <WorkerCard key={worker_key(x.worker)} worker={x.worker} gone_at={x.at} />
          ))}
        </ul>
      </section>
      <Nodes />
    </>
  );
}
