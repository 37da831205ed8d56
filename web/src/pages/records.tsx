// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { collection_path, get, get_exact } from "../api";
import { brief } from "../format";
import { Icon } from "../icons";
import { use_throttled } from "../job_changes";
import { write_json } from "../json";
import { Empty, Failure, Fresh, Loading } from "../loading";
import { Cell, Heading, TableFrame } from "../parts";
import { own_members } from "../record_form";
import { go, link } from "../router";
import { listen } from "../state/feed";
import { use_loaded } from "../state/query";
import { use_missing } from "../state/session";
import { Time } from "../times";
import type { Collection, Json, RecordValue } from "../types";

const page = 50;
const columns_max = 4;

interface Records {
  records: RecordValue[];
  next: string | null;
  sequence: number;
}

/** The members that a person would look for first: those of the schema, else those that are there. */
function columns_of(collection: Collection | undefined, records: RecordValue[]): string[] {
  const schema = collection?.schema;
  const declared = schema && schema !== true ? Object.keys(schema.properties ?? {}) : [];
  const names = declared.length > 0 ? declared : records.slice(0, 20).flatMap((x) => Object.keys(x));
  return [...new Set(names)].filter((x) => !own_members.has(x)).slice(0, columns_max);
}

const shown = (x: Json | undefined): string =>
  x === undefined || x === null ? "" : typeof x === "string" ? x : write_json(x);

/** What the feed of a collection tells; without a record: changes were missed. */
export interface Change {
  sequence?: number;
  record?: { id: string };
}

const collections = (signal?: AbortSignal): Promise<{ collections: Collection[] }> =>
  get<{ collections: Collection[] }>("/v1/collections", signal);

/** What a collection is like. */
export function use_collection(name: string) {
  const loaded = use_loaded(collections, [name]);
  return { collection: loaded.value?.collections.find((x) => x.name === name), why: loaded.why };
}

/** Runs `changed` when somebody changes a record after `sequence`. */
export function use_changes(collection: string, sequence: number | undefined, changed: (x: Change) => void): void {
  const last = useRef(0);
  last.current = Math.max(last.current, sequence ?? 0);
  const latest = useRef(changed);
  latest.current = changed;
  useEffect(() => {
    if (sequence === undefined) return;
    const take = (data: string) => {
      const change = JSON.parse(data) as Change;
      last.current = Math.max(last.current, change.sequence ?? 0);
      latest.current(change);
    };
    // Changes that are gone from the feed may matter: look, and go on from a number that was known
    // before that look.
    const reset = async () => {
      const now = (await collections()).collections.find((x) => x.name === collection);
      last.current = Math.max(last.current, now?.sequence ?? 0);
      latest.current({});
    };
    // Whoever comes back after a while need not hear again what was heard before.
    return listen(() => `${collection_path(collection)}/changes?after=${last.current}`, {
      events: { created: take, updated: take, deleted: take },
      reset,
    });
  }, [collection, sequence === undefined]);
}

interface Query {
  q: string;
  filter: string;
  sort: string;
  cursor: string;
}

function path_of(collection: string, query: Query): string {
  const parameters = new URLSearchParams({ limit: String(page) });
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  return `${collection_path(collection)}/records?${parameters}`;
}

function Tools({ collection, query, searchable }: { collection: string; query: Query; searchable: boolean }) {
  const [text, set_text] = useState(query);
  useEffect(() => set_text(query), [query.q, query.filter, query.sort]);
  const submit = (e: Event) => {
    e.preventDefault();
    go(link(["collections", collection], { ...text, cursor: "" }));
  };
  const field = (name: "q" | "filter" | "sort") => ({
    value: text[name],
    onInput: (e: { currentTarget: HTMLInputElement }) => set_text({ ...text, [name]: e.currentTarget.value }),
  });
  return (
    <form role="search" class="tools" onSubmit={submit}>
      {searchable && (
        <span class="search">
          <Icon name="search" />
          <input type="search" data-search aria-label="Search for words" placeholder="Search for words" {...field("q")} />
        </span>
      )}
      <input type="text" class="wide" data-search={!searchable} aria-label="Filter" placeholder={'Filter: stars > 3 and done = true'} spellcheck={false} {...field("filter")} />
      <input type="text" aria-label="Sort" placeholder="Sort: -updated_at" spellcheck={false} {...field("sort")} />
      <button type="submit">Search</button>
    </form>
  );
}

function Nothing({ name, query }: { name: string; query: Query }) {
  if (!query.q && !query.filter && !query.cursor) return <Empty>{name} has no records yet.</Empty>;
  return (
    <Empty>
      No records match. <a href={link(["collections", name])}>Show all</a>
    </Empty>
  );
}

export function RecordsPage({ name, query: parameters }: { name: string; query: URLSearchParams }) {
  const parameter = (x: string) => parameters.get(x) ?? "";
  const query: Query = { q: parameter("q"), filter: parameter("filter"), sort: parameter("sort"), cursor: parameter("cursor") };
  const { collection, why } = use_collection(name);
  const missing = use_missing(`records:write:${name}`);
  const loaded = use_loaded((signal) => get_exact<Records>(path_of(name, query), signal), [name, ...Object.values(query)]);
  const reload = use_throttled(loaded.again);
  use_changes(name, loaded.value?.sequence, reload);

  const records = loaded.value?.records ?? [];
  const columns = columns_of(collection, records);
  return (
    <>
      <Heading
        title={
          <>
            <a href={link(["collections"])}>Collections</a> <span class="faint">/</span> {name}
          </>
        }
      >
        {missing ? (
          <button type="button" disabled title={missing}>
            New record
          </button>
        ) : (
          <a class="button primary" href={link(["collections", name, "new"])}>
            New record
          </a>
        )}
      </Heading>
      <Tools collection={name} query={query} searchable={(collection?.search.length ?? 0) > 0} />
      <Failure why={loaded.why ?? why} again={loaded.again} />
      {!loaded.value && !loaded.why && <Loading />}
      {loaded.value && !loaded.stale && records.length === 0 && <Nothing name={name} query={query} />}
      <Fresh stale={loaded.stale}>
        {records.length > 0 && (
          <TableFrame label={`Records of ${name}`}>
            <thead>
              <tr>
                <th scope="col">Id</th>
                {columns.map((x) => (
                  <th scope="col" key={x}>
                    {x}
                  </th>
                ))}
                <th scope="col" class="number">Version</th>
                <th scope="col">Updated</th>
              </tr>
            </thead>
            <tbody>
              {records.map((x) => (
                <tr key={x.id}>
                  <th scope="row">
                    <a class="id" href={link(["collections", name, "records", x.id])} title={x.id}>
                      {brief(x.id)}
                    </a>
                  </th>
                  {columns.map((column) => (
                    <Cell name={column} key={column} class="long part" title={shown(x[column]).slice(0, 500)}>
                      {shown(x[column]).slice(0, 500)}
                    </Cell>
                  ))}
                  <Cell name="Version" class="number">
                    {x.version}
                  </Cell>
                  <Cell name="Updated" class="age">
                    <Time at={x.updated_at} />
                  </Cell>
                </tr>
              ))}
            </tbody>
          </TableFrame>
        )}
      </Fresh>
      <nav class="pages" aria-label="Pages">
        {query.cursor && <a href={link(["collections", name], { ...query, cursor: "" })}>First</a>}
        {loaded.value?.next && <a href={link(["collections", name], { ...query, cursor: loaded.value.next })}>Next</a>}
      </nav>
    </>
  );
}
