// SPDX-License-Identifier: Apache-2.0
import { useRef, useState } from "preact/hooks";
import { Problem, collection_path, get, record_path, request } from "../api";
import { Icon } from "../icons";
import { Failure, Loading, use_loaded } from "../loading";
import { say } from "../messages";
import { Confirmed, Heading } from "../parts";
import { Form, type Saver } from "../record_fields";
import { fields_of, members_of, merge_patch } from "../record_form";
import { go, link } from "../router";
import { Time } from "../times";
import type { Collection, RecordValue } from "../types";
import { use_changes } from "./records";

/** A record as it was read, and the tag that a write must name. */
interface Loaded {
  record: RecordValue;
  tag: string;
}

async function load_record(collection: string, id: string, signal?: AbortSignal): Promise<Loaded> {
  const { body, headers } = await request<RecordValue>("GET", record_path(collection, id), { signal });
  return { record: body, tag: headers.get("ETag") ?? "" };
}

function use_collection(name: string) {
  const loaded = use_loaded((signal) => get<{ collections: Collection[] }>("/v1/collections", signal), [name]);
  const collection = loaded.value?.collections.find((x) => x.name === name);
  return { collection, why: loaded.why };
}

export function NewRecordPage({ name }: { name: string }) {
  const { collection, why } = use_collection(name);
  const [id, set_id] = useState("");
  // Pressing the button again after no answer came must not make a second record.
  const last = useRef({ body: "", key: "" });
  const save: Saver = async (members) => {
    const text = JSON.stringify(members);
    if (last.current.body !== text)
      last.current = { body: text, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
    const { body } =
      id === ""
        ? await request<RecordValue>("POST", `${collection_path(name)}/records`, {
            body: members,
            headers: { "Idempotency-Key": `"${last.current.key}"` },
          })
        : await request<RecordValue>("PUT", record_path(name, id), {
            body: members,
            headers: { "If-None-Match": "*" },
          }).catch((e: unknown) => {
            if (e instanceof Problem && e.status === 412) throw new Error(`There is a record ${id} already.`);
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
            <input id="new-id" type="text" value={id} placeholder="empty: Troupe makes one" spellcheck={false} onInput={(e) => set_id(e.currentTarget.value.trim())} />
          </div>
          <Form fields={fields_of(collection.schema)} base={{}} save={save}>
            <button type="submit" class="primary">
              Create
            </button>
            <a class="button" href={link(["collections", name])}>
              Leave
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
    if (patch && Object.keys(patch).length === 0) return say("Nothing was changed.");
    try {
      const { body, headers } = patch
        ? await request<RecordValue>("PATCH", record_path(name, id), {
            body: patch,
            headers: { "If-Match": base.tag, "Content-Type": "application/merge-patch+json" },
          })
        : await request<RecordValue>("PUT", record_path(name, id), {
            body: after,
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
          <Icon name="warning" /> <span>Somebody deleted this record since you opened it.</span>
        </p>
      )}
      {changed && (
        <div class="conflict" role="alert">
          <p>
            <Icon name="warning" />
            <span>
              <strong>{stale ? "Not saved: " : ""}Somebody changed this record since you opened it</strong>{" "}
              (version {base.record.version} is now {changed.record.version}). What is stored now stands below the
              fields that differ.
            </span>
          </p>
          <div class="buttons">
            <button type="button" onClick={() => take(changed)}>
              Keep my changes, on top of it
            </button>
            <button
              type="button"
              onClick={() => {
                take(changed);
                set_round((x) => x + 1);
              }}
            >
              Drop my changes
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
        <button type="submit" class="primary">
          Save
        </button>
        <Confirmed question={`Delete record ${id}?`} run={remove}>
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
