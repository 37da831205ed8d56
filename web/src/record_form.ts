// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject, Schema } from "./types";

/** A record as a form: a field for each member of its schema, the rest as JSON. No drawing here. */

export interface Field {
  name: string; // of the member; "" for the members that have no field of their own
  kind: "line" | "text" | "number" | "truth" | "choice" | "json";
  required: boolean;
  hint: string;
  choices: string[];
}

export type Texts = Record<string, string>;

const own_members = new Set(["id", "version", "created_at", "updated_at"]);

/** The members that a person may change. */
export function members_of(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !own_members.has(name)));
}

function kind_of(x: Schema): Field["kind"] {
  if (x.enum?.every((value) => typeof value === "string")) return "choice";
  switch (x.type) {
    case "string":
      return x.maxLength !== undefined && x.maxLength <= 300 ? "line" : "text";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "truth";
    default:
      return "json";
  }
}

export function fields_of(schema: Schema | true): Field[] {
  const declared = schema === true ? {} : (schema.properties ?? {});
  const fields = Object.entries(declared)
    .filter(([name]) => !own_members.has(name))
    .map(([name, x]) => ({
      name,
      kind: kind_of(x),
      required: (schema as Schema).required?.includes(name) ?? false,
      hint: x.description ?? "",
      choices: (x.enum ?? []) as string[],
    }));
  const open = schema === true || schema.additionalProperties !== false;
  const rest: Field = { name: "", kind: "json", required: false, hint: "", choices: [] };
  return open ? [...fields, rest] : fields;
}

const is_text = (x: Field): boolean => ["line", "text", "choice"].includes(x.kind);

const text_of = (field: Field, value: Json | undefined): string => {
  if (value === undefined) return "";
  const plain =
    (typeof value === "string" && is_text(field)) ||
    (typeof value === "number" && field.kind === "number") ||
    (typeof value === "boolean" && field.kind === "truth");
  return plain ? String(value) : JSON.stringify(value, null, 2);
};

export function texts_of(fields: Field[], members: JsonObject): Texts {
  const texts: Texts = {};
  const named = new Set(fields.map((x) => x.name));
  for (const x of fields)
    if (x.name !== "") texts[x.name] = text_of(x, members[x.name]);
    else {
      const rest = Object.entries(members).filter(([name]) => !named.has(name));
      texts[""] = rest.length === 0 ? "" : JSON.stringify(Object.fromEntries(rest), null, 2);
    }
  return texts;
}

function value_of(field: Field, text: string, was: Json | undefined): Json | undefined {
  // What nobody touched stays as it is, even if the schema would not have it so.
  if (was !== undefined && text === text_of(field, was)) return was;
  // A required text may be empty; anything else that is empty is not there.
  if (text === "") return field.required && is_text(field) ? "" : undefined;
  if (is_text(field)) return text;
  // The server says what is wrong with a text that is no number.
  if (field.kind === "number") return Number.isNaN(Number(text)) ? text : Number(text);
  if (field.kind === "truth") return text === "true";
  return JSON.parse(text) as Json;
}

export interface Read {
  members: JsonObject;
  wrong: Record<string, string>; // by field: why it cannot be read
}

/** What the texts say. `was` are the members before. */
export function read_texts(fields: Field[], texts: Texts, was: JsonObject): Read {
  const members: JsonObject = {};
  const wrong: Record<string, string> = {};
  for (const x of fields)
    try {
      const value = value_of(x, texts[x.name] ?? "", was[x.name]);
      if (x.name !== "") {
        if (value !== undefined) members[x.name] = value;
      } else if (value !== undefined) {
        if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("object");
        Object.assign(members, value);
      }
    } catch {
      wrong[x.name] = x.name === "" ? "This must be a JSON object." : "This must be JSON; texts stand in quotes.";
    }
  return { members, wrong };
}

export const same = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i]))
    );
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => same(a[name], b[name]));
};

const is_object = (x: Json | undefined): x is JsonObject =>
  typeof x === "object" && x !== null && !Array.isArray(x);

const has_null = (x: Json): boolean =>
  x === null ||
  (Array.isArray(x) ? false : typeof x === "object" && Object.values(x).some(has_null));

/**
 * The merge patch (RFC 7396) that makes `after` of `before`; members that did not change are not in
 * it. Null if no patch can say it, because a member becomes null.
 */
export function merge_patch(before: JsonObject, after: JsonObject): JsonObject | null {
  const patch: JsonObject = {};
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const was = before[name];
    if (same(was, value)) continue;
    if (is_object(was) && is_object(value)) {
      const inner = merge_patch(was, value);
      if (inner === null) return null;
      patch[name] = inner;
    } else if (has_null(value)) {
      return null;
    } else {
      patch[name] = value;
    }
  }
  return patch;
}

/** The field that a JSON pointer leads to. */
export function field_at(fields: Field[], pointer: string): Field | undefined {
  const name = (pointer.split("/")[1] ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
  return fields.find((x) => x.name === name && name !== "");
}
