import { get } from "../api";
import { count } from "../format";
import { Empty, Failure, Heading, TableFrame, use_loaded } from "../parts";
import { link } from "../router";
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
      <Failure why={loaded.why} />
      {loaded.value && collections.length === 0 && (
        <Empty>No collection is declared. Add one to the cluster file.</Empty>
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
                <td class="number">{count(x.records)}</td>
                <td class="number">{count(x.sequence)}</td>
                <td>{x.indexes.join(", ")}</td>
                <td>{x.search.join(", ")}</td>
                <td>{hooks_of(x)}</td>
              </tr>
            ))}
          </tbody>
        </TableFrame>
      )}
    </>
  );
}
