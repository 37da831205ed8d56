// SPDX-License-Identifier: Apache-2.0
import { request } from "../api";
import { count, counted, duration } from "../format";
import { gone_workers, overview, worker_key } from "../state/live";
import { Empty, NoOverview } from "../loading";
import { say } from "../messages";
import { Action, Bar, Cell, Confirmed, Heading, JobLink, TableFrame, WorkerBadge } from "../parts";
import { link } from "../router";
import { server_now } from "../state/clock";
import { use_store } from "../state/store";
import { Time } from "../times";
import type { NodeInfo, Overview, Worker } from "../types";

const path_of = (node: string, verb: string): string => `/v1/workers/${encodeURIComponent(node)}:${verb}`;

async function drain(node: string): Promise<void> {
  await request("POST", path_of(node, "drain"));
  say(`${node} is draining: it takes no new jobs.`);
}

async function resume(node: string): Promise<void> {
  await request("POST", path_of(node, "resume"));
  say(`${node} takes new jobs again.`);
}

// More are counted, not shown.
const leases_shown = 8;

function Held({ worker, gone }: { worker: Worker; gone: boolean }) {
  const shown = worker.leases.slice(0, leases_shown);
  const more = worker.leases.length - shown.length;
  if (shown.length === 0) return <p class="faint">{gone ? "Was running no jobs" : "Running no jobs"}</p>;
  return (
    <p>
      {gone ? "Was running " : "Running "}
      {shown.map((x, i) => (
        <span key={x.epoch}>
          {i > 0 && ", "}
          <JobLink id={x.job} />
        </span>
      ))}
      {more > 0 && ` and ${count(more)} more`}
    </p>
  );
}

function WorkerCard({ worker, gone_at }: { worker: Worker; gone_at?: number }) {
  const held = Math.min(worker.leases.length, worker.slots);
  const state = gone_at ? "gone" : worker.state;
  return (
    <li class={`card worker ${gone_at ? "gone" : ""}`} data-worker={worker.node}>
      <h3>
        <span>{worker.node}</span> <WorkerBadge state={state} />
      </h3>
      <p class="faint">
        {gone_at ? `last seen ${duration(server_now() - gone_at)} ago` : `heartbeat ${duration(worker.heartbeat_age_ms)} ago`}
      </p>
      <p class="slots">
        <Bar share={worker.leases.length / Math.max(1, worker.slots)} tone={gone_at ? "bad" : "busy"} />
        <span>
          {count(held)} of {counted(worker.slots, "slot")}
        </span>
      </p>
      <Held worker={worker} gone={gone_at !== undefined} />
      <p class="faint queues">
        {worker.queues.map((x, i) => (
          <span key={x}>
            {i > 0 && ", "}
            <a href={link(["jobs"], { queue: x })}>{x}</a>
          </span>
        ))}
      </p>
      {!gone_at && (
        <p class="act">
          {worker.state === "draining" ? (
            <Action needs="admin" aria-label={`Resume ${worker.node}`} run={() => resume(worker.node)}>
              Resume
            </Action>
          ) : (
            <Confirmed needs="admin" label={`Drain ${worker.node}`} question={`Drain ${worker.node}? It finishes the jobs that it is running, and takes no new ones until it is resumed.`} run={() => drain(worker.node)}>
              Drain
            </Confirmed>
          )}
        </p>
      )}
    </li>
  );
}

// -- processes -----------------------------------------------------------------------------------

function NodeRow({ node }: { node: NodeInfo }) {
  return (
    <tr>
      <th scope="row">{node.name}</th>
      <Cell name="Roles" class="name">
        {node.roles.join(", ")}
      </Cell>
      <Cell name="Address">{node.address || <span class="faint">no address: it connects to others</span>}</Cell>
      <Cell name="Process" class="number">
        {node.pid}
      </Cell>
      <Cell name="Version">{node.version}</Cell>
      <Cell name="Started" class="age">
        <Time at={node.started_at} />
      </Cell>
    </tr>
  );
}

function Nodes({ nodes }: { nodes: NodeInfo[] }) {
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
          {nodes.map((x) => (
            <NodeRow key={x.name} node={x} />
          ))}
        </tbody>
      </TableFrame>
    </section>
  );
}

/** How much waits in the mailboxes of those that everything goes through. */
function Mailboxes({ now }: { now: Overview }) {
  const caches = (now.caches ?? []).map((x): [string, number] => [`Cache ${x.node}/${x.number}`, x.mailbox]);
  const all: [string, number | undefined][] = [["Dispatcher", now.dispatcher?.mailbox], ["Store", now.store?.mailbox], ...caches];
  return (
    <section>
      <h2>Waiting messages</h2>
      <dl class="facts card mailboxes">
        {all.map(([name, waiting]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{waiting === undefined ? <span class="faint">not responding</span> : count(waiting)}</dd>
          </div>
        ))}
      </dl>
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
      <NoOverview />
      {now && (
        <section>
          <h2>Workers</h2>
          {!now.workers && <Empty>The dispatcher is not responding at the moment. It may be starting.</Empty>}
          {now.workers && workers.length + gone.length === 0 && (
            <Empty>
              No workers are registered, so no jobs run. Start a node with the role <code>worker</code>, or a pull worker.
            </Empty>
          )}
          <ul class="workers">
            {workers.map((x) => (
              <WorkerCard key={worker_key(x)} worker={x} />
            ))}
            {gone.map((x) => (
              <WorkerCard key={worker_key(x.worker)} worker={x.worker} gone_at={x.at} />
            ))}
          </ul>
        </section>
      )}
      {now && <Nodes nodes={now.nodes ?? []} />}
      {now && <Mailboxes now={now} />}
    </>
  );
}
