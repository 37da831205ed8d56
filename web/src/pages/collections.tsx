// SPDX-License-Identifier: Apache-2.0
import { get } from "../api";
import { count } from "../format";
import { Empty, Failure, Loading } from "../loading";
import { Cell, Heading, TableFrame } from "../parts";
import { link } from "../router";
import { use_loaded } from "../state/query";
import type { Collection } from "../types";

function hooks_of(x: Collection): string {
  const all = Object.entries(x.hooks).filter(([, queue]) => queue);
  return all.map(([name, queue]) => `${name.replace("on_", "on ")} → ${queue}`).join(", ");
}

export function CollectionsPage() {
  const loaded = use_loaded((signal) => get<{ collections: Collection[] }>("/v1/collections", signal), []);
  const collections = loaded.value?.collections ?? [];
  return (
    <>
      <Heading title="Collections" />
      <Failure why={loaded.why} again={loaded.again} />
      {!loaded.value && !loaded.why && <Loading />}
      {loaded.value && collections.length === 0 && (
        <Empty>
          No collections are configured. Add <code>[collections.NAME]</code> to the cluster file.
        </Empty>
      )}
      {collections.length > 0 && (
        <TableFrame label="Collections">
          <thead>
            <tr>
              <th scope="col">Collection</th>
              <th scope="col" class="number">Records</th>
              <th scope="col" class="number">Changes</th>
              <th scope="col">Indexes</th>
              <th scope="col">Searched</th>
              <th scope="col">Hooks</th>
            </tr>
          </thead>
          <tbody>
            {collections.map((x) => (
              <tr key={x.name}>
                <th scope="row">
                  <a href={link(["collections", x.name])}>{x.name}</a>
                </th>
                <Cell name="Records" class="number">
                  {count(x.records)}
                </Cell>
                <Cell name="Changes" class="number">
                  {count(x.sequence)}
                </Cell>
                <Cell name="Indexes" class="text">
                  {x.indexes.join(", ")}
                </Cell>
                <Cell name="Searched" class="text">
                  {x.search.join(", ")}
                </Cell>
                <Cell name="Hooks" class="text">
                  {hooks_of(x)}
                </Cell>
              </tr>
            ))}
          </tbody>
        </TableFrame>
      )}
    </>
  );
}
