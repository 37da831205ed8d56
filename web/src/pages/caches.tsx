// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { Chart } from "../chart";
import { brief, bytes, count, percent } from "../format";
import { hot_by_collection, more_read } from "../hot_keys";
import { overview } from "../state/live";
import { Empty, NoOverview } from "../loading";
import { Bar, Cell, Heading, TableFrame } from "../parts";
import { link } from "../router";
import { use_store } from "../state/store";
import type { Cache, CacheUsage, HotKey } from "../types";

const shards = 256;

const name_of = (x: Cache): string => `${x.node}/${x.number}`;

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
              <th scope="row">
                <a href={link(["collections", x.collection])}>{x.collection}</a>
              </th>
              <Cell name="Hit ratio">
                <Ratio usage={x} />
              </Cell>
              <Cell name="Hits" class="number">{count(x.hits)}</Cell>
              <Cell name="Misses" class="number">{count(x.misses)}</Cell>
              <Cell name="Coalesced" class="number">{count(x.coalesced)}</Cell>
              <Cell name="Evicted" class="number">{count(x.evictions)}</Cell>
              <Cell name="Entries" class="number">{count(x.entries)}</Cell>
              <Cell name="Memory" class="number">
                {bytes(x.bytes)} <small>of {bytes(x.bytes_max)}</small>
              </Cell>
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
            <th scope="col" class="number">Waiting messages</th>
            <th scope="col">Incarnation</th>
          </tr>
        </thead>
        <tbody>
          {caches.map((x) => (
            <tr key={`${name_of(x)}/${x.incarnation}`}>
              <th scope="row">{name_of(x)}</th>
              <Cell name="Shards">
                <span class="ratio">
                  <Bar share={x.shards / shards} />
                  {x.shards}
                </span>
              </Cell>
              <Cell name="Entries" class="number">{count(x.collections.reduce((n, c) => n + c.entries, 0))}</Cell>
              <Cell name="Memory" class="number">{bytes(x.collections.reduce((n, c) => n + c.bytes, 0))}</Cell>
              <Cell name="Waiting messages" class="number">{count(x.mailbox)}</Cell>
              <Cell name="Incarnation">
                <code>{x.incarnation}</code>
              </Cell>
            </tr>
          ))}
        </tbody>
      </TableFrame>
      {unowned > 0 && <p class="warn">{unowned} shards have no owner at the moment, or their owner did not respond.</p>}
    </section>
  );
}

// -- hot keys ------------------------------------------------------------------------------------

const keys_shown = 10;

function Keys({ title, keys, full }: { title: string; keys: HotKey[]; full?: boolean }) {
  const most = keys[0]?.reads ?? 0;
  return (
    <section class="card hot">
      <h3>{title}</h3>
      <ol>
        {keys.slice(0, keys_shown).map((x) => (
          <li key={`${x.collection}/${x.id}`}>
            <a class="id" href={link(["collections", x.collection, "records", x.id])} title={`${x.collection}/${x.id}`}>
              {full ? `${x.collection}/${brief(x.id)}` : brief(x.id)}
            </a>
            <Bar share={x.reads / Math.max(1, most)} />
            <span class="number">{count(x.reads)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function HotKeys({ caches }: { caches: Cache[] }) {
  const [by, set_by] = useState<"collection" | "owner">("collection");
  const collections = hot_by_collection(caches);
  const choice = (x: typeof by, text: string) => (
    <button type="button" aria-pressed={by === x} onClick={() => set_by(x)}>
      {text}
    </button>
  );
  return (
    <section>
      <div class="heading">
        <h2>Most read records</h2>
        <div class="switch" role="group" aria-label="Most read records by">
          {choice("collection", "By collection")}
          {choice("owner", "By owner")}
        </div>
      </div>
      <p class="faint">Estimated recent reads: older ones count less.</p>
      {collections.length === 0 && <Empty>No records have been read often enough to be listed.</Empty>}
      <div class="columns narrow">
        {by === "collection"
          ? collections.map((x) => <Keys key={x.collection} title={x.collection} keys={x.keys} />)
          : caches
              .filter((x) => x.hot_keys?.length)
              .map((x) => <Keys key={name_of(x)} full title={name_of(x)} keys={[...x.hot_keys].sort(more_read)} />)}
      </div>
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
      <NoOverview />
      {now && !caches && <Empty>No cache is responding at the moment. A node with the role service may be starting.</Empty>}
      {caches && <Collections caches={caches} />}
      {caches && <HotKeys caches={caches} />}
      {caches && <Owners caches={caches} />}
    </>
  );
}
