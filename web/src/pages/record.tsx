// SPDX-License-Identifier: Apache-2.0
import { useRef, useState } from "preact/hooks";
import { Problem, collection_path, record_path, request } from "../api";
import { Icon } from "../icons";
import { write_json } from "../json";
import { Failure, Loading } from "../loading";
import { say } from "../messages";
import { Confirmed, Heading, Submit } from "../parts";
import { Form, type Saver } from "../record_fields";
import { fields_of, members_of, merge_patch } from "../record_form";
import { go, link } from "../router";
import { use_loaded } from "../state/query";
import { Time } from "../times";
import type { Collection, RecordValue } from "../types";
import { use_changes, use_collection } from "./records";

/** A record as it was read, and the tag that a write must name. */
interface Loaded {
  record: RecordValue;
  tag: string;
}

async function load_record(collection: string, id: string, signal?: AbortSignal): Promise<Loaded> {
  const { body, headers } = await request<RecordValue>("GET", record_path(collection, id), { signal, exact: true });
  return { record: body, tag: headers.get("ETag") ?? "" };
}

export function NewRecordPage({ name }: { name: string }) {
  const { collection, why } = use_collection(name);
  const [id, set_id] = useState("");
  // Pressing the button again after no answer came must not make a second record.
  const last = useRef({ body: "", key: "" });
  const save: Saver = async (members) => {
    const text = write_json(members);
    if (last.current.body !== text)
      last.current = { body: text, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
    const { body } =
      id === ""
        ? await request<RecordValue>("POST", `${collection_path(name)}/records`, {
            body: members,
            exact: true,
            headers: { "Idempotency-Key": `"${last.current.key}"` },
          })
        : await request<RecordValue>("PUT", record_path(name, id), {
            body: members,
            exact: true,
            headers: { "If-None-Match": "*" },
          }).catch((e: unknown) => {
            if (e instanceof Problem && e.status === 412) throw new Error(`There is already a record ${id}.`);
            throw e;
          });
    say(`Record ${body.id} was created.`);
    go(link(["collections", name, "records", body.id]));
  };
  return (
    <>
      <Heading title={`New record in ${name}`} />
      <Failure why={why} />
      {collection && (
        <>
          <div class="field card">
            <label for="new-id">Id</label>
            <input id="new-id" type="text" value={id} placeholder="Leave empty to have one made" spellcheck={false} onInput={(e) => set_id(e.currentTarget.value.trim())} />
          </div>
          <Form fields={fields_of(collection.schema)} base={{}} save={save}>
            <Submit needs={`records:write:${name}`}>Create</Submit>
            <a class="button" href={link(["collections", name])}>
              Cancel
            </a>
          </Form>
        </>
      )}
    </>
  );
}

function Editor({ collection, first }: { collection: Collection; first: Loaded }) {
  const [base, set_base] = useState(first);
  const [members, set_members] = useState(() => members_of(first.record));
  const [theirs, set_theirs] = useState<Loaded | "deleted" | null>(null);
  const [stale, set_stale] = useState(false); // a save was refused
  const [round, set_round] = useState(0);
  const { name } = collection;
  const { id } = base.record;
  const latest = useRef(base);
  latest.current = base;

  const take = (x: Loaded) => {
    set_base(x);
    set_members(members_of(x.record));
    set_theirs(null);
    set_stale(false);
  };
  const look = async () => {
    try {
      const now = await load_record(name, id);
      set_theirs(now.tag === latest.current.tag ? null : now);
    } catch (e) {
      if (e instanceof Problem && e.status === 404) set_theirs("deleted");
    }
  };
  use_changes(name, base.record.version, (change) => {
    if (!change.record || change.record.id === id) void look();
  });

  const save: Saver = async (after) => {
    const patch = merge_patch(members, after);
    if (patch && Object.keys(patch).length === 0) return say("There are no changes to save.");
    try {
      const { body, headers } = patch
        ? await request<RecordValue>("PATCH", record_path(name, id), {
            body: patch,
            exact: true,
            headers: { "If-Match": base.tag, "Content-Type": "application/merge-patch+json" },
          })
        : await request<RecordValue>("PUT", record_path(name, id), {
            body: after,
            exact: true,
            headers: { "If-Match": base.tag },
          });
      take({ record: body, tag: headers.get("ETag") ?? "" });
      say("Saved.");
    } catch (e) {
      if (e instanceof Problem && (e.status === 412 || e.status === 404)) {
        set_stale(true);
        await look();
        throw new Problem(412, e.code, e.detail);
      }
      throw e;
    }
  };
  const remove = async () => {
    try {
      await request("DELETE", record_path(name, id), { headers: { "If-Match": base.tag } });
    } catch (e) {
      await look();
      throw e;
    }
    say(`Record ${id} was deleted.`);
    go(link(["collections", name]));
  };
  const changed = theirs !== null && theirs !== "deleted" ? theirs : undefined;
  return (
    <>
      {theirs === "deleted" && (
        <p class="failure" role="alert">
          <Icon name="warning" /> <span>Someone has deleted this record since you opened it.</span>
        </p>
      )}
      {changed && (
        <div class="conflict" role="alert">
          <p>
            <Icon name="warning" />
            <span>
              <strong>{stale ? "Not saved: " : ""}Someone has changed this record since you opened it</strong>{" "}
              (version {base.record.version} is now {changed.record.version}). The stored values are shown below the
              fields that differ.
            </span>
          </p>
          <div class="buttons">
            <button type="button" onClick={() => take(changed)}>
              Keep my changes
            </button>
            <button
              type="button"
              onClick={() => {
                take(changed);
                set_round((x) => x + 1);
              }}
            >
              Discard my changes
            </button>
          </div>
        </div>
      )}
      <dl class="facts card">
        <div>
          <dt>Version</dt>
          <dd>{base.record.version}</dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Time at={base.record.created_at} />
          </dd>
        </div>
        <div>
          <dt>Updated</dt>
          <dd>
            <Time at={base.record.updated_at} />
          </dd>
        </div>
      </dl>
      <Form key={round} fields={fields_of(collection.schema)} base={members} theirs={changed && members_of(changed.record)} save={save}>
        <Submit needs={`records:write:${name}`}>Save</Submit>
        <Confirmed needs={`records:write:${name}`} question={`Delete record ${id}?`} run={remove}>
          Delete
        </Confirmed>
      </Form>
    </>
  );
}

export function RecordPage({ name, id }: { name: string; id: string }) {
  const { collection, why } = use_collection(name);
  const loaded = use_loaded((signal) => load_record(name, id, signal), [name, id]);
  return (
    <>
      <Heading
        title={
          <>
            <a href={link(["collections", name])}>{name}</a> <span class="faint">/</span> <span class="id">{id}</span>
          </>
        }
      >
      </Heading>
      <Failure why={why ?? loaded.why} again={loaded.again} />
      {!loaded.value && !loaded.why && <Loading />}
      {collection && loaded.value && loaded.value.record.id === id && (
        <Editor key={`${name}/${id}`} collection={collection} first={loaded.value} />
      )}
    </>
  );
}
