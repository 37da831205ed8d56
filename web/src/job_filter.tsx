// SPDX-License-Identifier: Apache-2.0
import { Problem, get } from "./api";
import { overview } from "./state/live";
import { job_states } from "./parts";
import { go, link } from "./router";
import { use_store } from "./state/store";
import { Typed } from "./typed";
import type { Job } from "./types";

/** Which jobs a list shows; stands in the page's address. */
export interface Filter {
  queue: string;
  state: string;
  tag: string;
  text: string;
  before: string; // only ids below this one
}

export const jobs_a_page = 50;

// That one search for a text looks at; the gateway's limit.
export const jobs_searched = 10_000;

export function filter_of(query: URLSearchParams): Filter {
  const x = (name: string) => query.get(name) ?? "";
  return { queue: x("queue"), state: x("state"), tag: x("tag"), text: x("text"), before: x("before") };
}

/** The list with another filter, from the newest job on. */
export const list_of = (filter: Filter, changed: Partial<Filter>): string =>
  link(["jobs"], { ...filter, before: "", ...changed });

export function path_of(filter: Filter): string {
  const parameters = new URLSearchParams({ limit: String(jobs_a_page) });
  for (const [name, value] of Object.entries(filter)) if (value) parameters.set(name, value);
  return `/v1/jobs?${parameters}`;
}

function Choice({ name, any, value, choices, change }: { name: string; any: string; value: string; choices: string[]; change: (x: string) => void }) {
  return (
    <select aria-label={name} value={value} onChange={(e) => change(e.currentTarget.value)}>
      <option value="">{any}</option>
      {choices.map((x) => (
        <option key={x}>{x}</option>
      ))}
    </select>
  );
}

/** `seen`: the jobs that are shown, whose tags are offered. */
export function FilterTools({ filter, seen }: { filter: Filter; seen: Job[] }) {
  const queues = use_store(overview)?.queues ?? [];
  const to = (x: Partial<Filter>) => go(list_of(filter, x));
  const typed = (x: Partial<Filter>) => go(list_of(filter, x), { replace: true });
  const tags = [...new Set(seen.flatMap((x) => x.tags ?? []))].sort();
  // A number is a job's id, if there is such a job; else a text like any other.
  const search = async (text: string) => {
    if (/^\d+$/.test(text)) {
      try {
        await get<Job>(`/v1/jobs/${text}`);
        return go(link(["jobs", text]));
      } catch (e) {
        if (!(e instanceof Problem && e.status === 404)) return go(link(["jobs", text]));
      }
    }
    to({ text });
  };
  return (
    <div class="tools filter">
      <Typed
        search
        icon="search"
        label="Job id, or text in the payload or error; Enter opens an id"
        placeholder="Id, or text in payload or error"
        value={filter.text}
        change={(text) => typed({ text })}
        enter={(text) => void search(text)}
      />
      <Typed icon="tag" label="Tag" placeholder="Tag" value={filter.tag} list="known-tags" change={(tag) => typed({ tag })} />
      <datalist id="known-tags">
        {tags.map((x) => (
          <option key={x} value={x} />
        ))}
      </datalist>
      <Choice name="State" any="any state" value={filter.state} choices={job_states} change={(state) => to({ state })} />
      <Choice
        name="Queue"
        any="all queues"
        value={filter.queue}
        choices={[...new Set([...queues.map((x) => x.name), ...(filter.queue ? [filter.queue] : [])])]}
        change={(queue) => to({ queue })}
      />
      {(filter.queue || filter.state || filter.tag || filter.text) && <a href={link(["jobs"])}>Show all</a>}
    </div>
  );
}
