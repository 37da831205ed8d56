import { Chart } from "../chart";
import { bytes, count, percent } from "../format";
import { overview } from "../live";
import { Bar, Empty, Heading, TableFrame } from "../parts";
import { use_store } from "../store";
import type { Cache, CacheUsage } from "../types";

const shards = 256;

/** What all owners have of each collection. */
function usage_by_collection(caches: Cache[]): CacheUsage[] {
  const all = new Map<string, CacheUsage>();
  for (const x of caches.flatMap((cache) => cache.collections)) {
    const sum = all.get(x.collection);
    if (!sum) {
      all.set(x.collection, { ...x });
      continue;
    }
    for (const name of ["entries", "bytes", "bytes_max", "hits", "misses", "coalesced", "evictions"] as const)
      sum[name] += x[name];
  }
  return [...all.values()].sort((a, b) => a.collection.localeCompare(b.collection));
}

const ratio_of = (x: CacheUsage): number => x.hits / (x.hits + x.misses + x.coalesced);

function Ratio({ usage }: { usage: CacheUsage }) {
  const ratio = ratio_of(usage);
  return (
    <span class="ratio">
      <Bar share={ratio} tone="good" />
      {percent(ratio)}
    </span>
  );
}

function Collections({ caches }: { caches: Cache[] }) {
  return (
    <section>
      <h2>By collection</h2>
      <TableFrame label="Caches by collection">
        <thead>
          <tr>
            <th scope="col">Collection</th>
            <th scope="col">Hit ratio</th>
            <th scope="col" class="number">Hits</th>
            <th scope="col" class="number">Misses</th>
            <th scope="col" class="number">Coalesced</th>
            <th scope="col" class="number">Evicted</th>
            <th scope="col" class="number">Entries</th>
            <th scope="col" class="number">Memory</th>
          </tr>
        </thead>
        <tbody>
          {usage_by_collection(caches).map((x) => (
            <tr key={x.collection}>
              <th scope="row">{x.collection}</th>
              <td>
                <Ratio usage={x} />
              </td>
              <td class="number">{count(x.hits)}</td>
              <td class="number">{count(x.misses)}</td>
              <td class="number">{count(x.coalesced)}</td>
              <td class="number">{count(x.evictions)}</td>
              <td class="number">{count(x.entries)}</td>
              <td class="number">
                {bytes(x.bytes)} <small>of {bytes(x.bytes_max)}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </TableFrame>
    </section>
  );
}

function Owners({ caches }: { caches: Cache[] }) {
  const unowned = shards - caches.reduce((n, x) => n + x.shards, 0);
  return (
    <section>
      <h2>Owners</h2>
      <TableFrame label="Owners of shards">
        <thead>
          <tr>
            <th scope="col">Owner</th>
            <th scope="col">Shards of {shards}</th>
            <th scope="col" class="number">Entries</th>
            <th scope="col" class="number">Memory</th>
            <th scope="col">Incarnation</th>
          </tr>
        </thead>
        <tbody>
          {caches.map((x) => (
            <tr key={`${x.node}/${x.number}/${x.incarnation}`}>
              <th scope="row">
                {x.node}/{x.number}
              </th>
              <td>
                <span class="ratio">
                  <Bar share={x.shards / shards} />
                  {x.shards}
                </span>
              </td>
              <td class="number">{count(x.collections.reduce((n, c) => n + c.entries, 0))}</td>
              <td class="number">{bytes(x.collections.reduce((n, c) => n + c.bytes, 0))}</td>
              <td>
                <code>{x.incarnation}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </TableFrame>
      {unowned > 0 && <p class="warn">{unowned} shards have no owner just now, or it did not answer.</p>}
    </section>
  );
}

export function CachesPage() {
  const now = use_store(overview);
  const caches = now?.caches;
  return (
    <>
      <Heading title="Cache" />
      <div class="charts single">
        <Chart
          title="Hit ratio"
          format={percent}
          ceiling={1.05}
          lines={[{ label: "of reads in each second", of: (x) => x.hit_ratio, color: "--series-1" }]}
        />
      </div>
      {now && !caches && <Empty>No cache answers just now.</Empty>}
      {caches && <Collections caches={caches} />}
      {caches && <Owners caches={caches} />}
    </>
  );
}
