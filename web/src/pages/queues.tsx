import { count, duration } from "../format";
import { overview } from "../live";
import { Badge, Empty, Heading, TableFrame } from "../parts";
import { QueueActions } from "../queue_actions";
import { Redrive } from "../redrive";
import { link } from "../router";
import { use_store } from "../store";
import { takes_dead_letters, type JobState, type Queue } from "../types";

function Depth({ queue, state }: { queue: Queue; state: JobState }) {
  const n = queue[state];
  return (
    <td class="number">
      {n === 0 ? (
        <span class="faint">0</span>
      ) : (
        <a href={link(["jobs"], { queue: queue.name, state })} class={state === "dead" ? "bad" : ""}>
          {count(n)}
        </a>
      )}
    </td>
  );
}

function Row({ queue, letters }: { queue: Queue; letters: boolean }) {
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
      <td class="number">{queue.ready > 0 && !letters ? duration(queue.oldest_ready_ms) : <span class="faint">–</span>}</td>
      <td class="number">
        {letters ? <span class="faint">–</span> : unserved ? <span class="bad">none</span> : count(queue.workers)}
      </td>
      <td class="actions">{letters ? <Redrive queue={queue.name} waiting={queue.ready} /> : <QueueActions queue={queue} />}</td>
    </tr>
  );
}

export function QueuesPage() {
  const now = use_store(overview);
  const all = now?.queues ?? [];
  const letters = new Set(all.filter((x) => takes_dead_letters(x, all)));
  const queues = [...all].sort(
    (a, b) => Number(letters.has(a)) - Number(letters.has(b)) || a.name.localeCompare(b.name),
  );
  return (
    <>
      <Heading title="Queues" />
      {now && !now.queues && <Empty>The dispatcher does not answer just now.</Empty>}
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
              <Row key={x.name} queue={x} letters={letters.has(x)} />
            ))}
          </tbody>
        </TableFrame>
      )}
    </>
  );
}
