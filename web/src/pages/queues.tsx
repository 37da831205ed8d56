// SPDX-License-Identifier: Apache-2.0
import { age, count, duration } from "../format";
import { age_of, letter_queues } from "../letters";
import { overview } from "../state/live";
import { Empty, NoOverview } from "../loading";
import { Badge, Cell, Heading, TableFrame } from "../parts";
import { QueueActions } from "../queue_actions";
import { Redrive } from "../redrive";
import { link } from "../router";
import { use_store } from "../state/store";
import type { JobState, Queue } from "../types";

function Depth({ queue, state }: { queue: Queue; state: JobState }) {
  const n = queue[state];
  return (
    <Cell name={`${state[0]!.toUpperCase()}${state.slice(1)}`} class="number">
      {n === 0 ? (
        <span class="faint">0</span>
      ) : (
        <a href={link(["jobs"], { queue: queue.name, state })} class={state === "dead" ? "bad" : ""}>
          {count(n)}
        </a>
      )}
    </Cell>
  );
}

/** `oldest`: the age of its oldest ready job in milliseconds; NaN: it has none, or is not known. */
function Row({ queue, letters, oldest }: { queue: Queue; letters: boolean; oldest: number }) {
  const unserved = !letters && queue.workers === 0;
  return (
    <tr>
      <th scope="row">
        <a href={link(["jobs"], { queue: queue.name })}>{queue.name}</a>
        <small>{letters ? "dead letters" : queue.handler || "pull workers"}</small>
        {queue.paused && <Badge tone="warn" icon="pause">paused</Badge>}
      </th>
      <Depth queue={queue} state="ready" />
      <Depth queue={queue} state="running" />
      <Depth queue={queue} state="scheduled" />
      <Depth queue={queue} state="retrying" />
      <Depth queue={queue} state="succeeded" />
      <Depth queue={queue} state="dead" />
      <Cell name="Oldest ready" class="number">
        {Number.isNaN(oldest) ? <span class="faint">–</span> : letters ? age(oldest) : duration(oldest)}
      </Cell>
      <Cell name="Workers" class="number">
        {letters ? <span class="faint">–</span> : unserved ? <Badge tone="bad" icon="warning">none</Badge> : count(queue.workers)}
      </Cell>
      <td class="actions">{letters ? <Redrive queue={queue.name} waiting={queue.ready} /> : <QueueActions queue={queue} />}</td>
    </tr>
  );
}

export function QueuesPage() {
  const now = use_store(overview);
  const all = now?.queues ?? [];
  const letters = new Set(letter_queues(all));
  const queues = [...all].sort(
    (a, b) => Number(letters.has(a)) - Number(letters.has(b)) || a.name.localeCompare(b.name),
  );
  return (
    <>
      <Heading title="Queues" />
      <NoOverview />
      {now && !now.queues && <Empty>The dispatcher is not responding at the moment. It may be starting.</Empty>}
      {now?.queues?.length === 0 && (
        <Empty>
          No queues are configured. Add <code>[queues.NAME]</code> to the cluster file.
        </Empty>
      )}
      {queues.length > 0 && (
        <TableFrame label="Queues">
          <thead>
            <tr>
              <th scope="col">Queue</th>
              <th scope="col" class="number">Ready</th>
              <th scope="col" class="number">Running</th>
              <th scope="col" class="number">Scheduled</th>
              <th scope="col" class="number">Retrying</th>
              <th scope="col" class="number">Succeeded</th>
              <th scope="col" class="number">Dead</th>
              <th scope="col" class="number">Oldest ready</th>
              <th scope="col" class="number">Workers</th>
              <th scope="col"><span class="hidden">Actions</span></th>
            </tr>
          </thead>
          <tbody>
            {queues.map((x) => (
              <Row key={x.name} queue={x} letters={letters.has(x)} oldest={age_of(x)} />
            ))}
          </tbody>
        </TableFrame>
      )}
    </>
  );
}
