// SPDX-License-Identifier: Apache-2.0
import { ExactNumber, JsonError, first_not_kept, is_number_text, number_of, parse_json, why_not_kept, write_json } from "./json";
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

export const own_members = new Set(["id", "version", "created_at", "updated_at"]);

/** The members that a person may change. */
export function members_of(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !own_members.has(name)));
}

/** A member itself, and nothing that objects inherit. */
const own = (x: JsonObject, name: string): Json | undefined => (Object.hasOwn(x, name) ? x[name] : undefined);

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
    .filter(([name]) => name !== "" && !own_members.has(name))
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

const is_number = (x: Json): x is number | ExactNumber => typeof x === "number" || x instanceof ExactNumber;

const text_of = (field: Field, value: Json | undefined): string => {
  if (value === undefined) return "";
  const plain =
    (typeof value === "string" && is_text(field)) ||
    (is_number(value) && field.kind === "number") ||
    (typeof value === "boolean" && field.kind === "truth");
  return plain ? String(value) : write_json(value, 2);
};

/** What a field shows: its member, or, for the last one, the members that have no field. */
function shown_in(field: Field, fields: Field[], members: JsonObject): Json | undefined {
  if (field.name !== "") return own(members, field.name);
  const rest = Object.entries(members).filter(([name]) => !fields.some((x) => x.name !== "" && x.name === name));
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}

export function texts_of(fields: Field[], members: JsonObject): Texts {
  return Object.fromEntries(fields.map((x) => [x.name, text_of(x, shown_in(x, fields, members))]));
}

/** Why a text cannot be stored; said at its field. */
class Wrong extends Error {}

function number_in(text: string): Json {
  const trimmed = text.trim();
  if (!is_number_text(trimmed)) throw new Wrong("This must be a number, such as 12 or -0.5.");
  const why = why_not_kept(trimmed);
  if (why) throw new Wrong(why);
  return number_of(trimmed);
}

function json_in(text: string): Json {
  const value = parse_json(text);
  const why = first_not_kept(value);
  if (why) throw new Wrong(why);
  return value;
}

function value_of(field: Field, text: string, was: Json | undefined): Json | undefined {
  // What nobody touched stays as it is, even if the schema would not have it so.
  if (was !== undefined && text === text_of(field, was)) return was;
  // A required text may be empty; anything else that is empty is not there.
  if (text === "") return field.required && is_text(field) ? "" : undefined;
  if (is_text(field)) return text;
  if (field.kind === "number") return number_in(text);
  if (field.kind === "truth") return text === "true";
  return json_in(text);
}

/** The members that are not in fields; throws what is wrong with them. */
function rest_of(value: Json, fields: Field[]): [string, Json][] {
  if (!is_object(value)) throw new Wrong("This must be a JSON object, such as {\"colour\": \"red\"}.");
  for (const name of Object.keys(value)) {
    if (own_members.has(name)) throw new Wrong(`“${name}” is set by Troupe.`);
    if (name !== "" && fields.some((x) => x.name === name)) throw new Wrong(`“${name}” has a field of its own.`);
  }
  return Object.entries(value);
}

const reason_of = (why: unknown): string => {
  if (why instanceof Wrong) return why.message;
  return `This is not JSON${why instanceof JsonError ? `: ${why.message}` : ""}.`;
};

export interface Read {
  members: JsonObject;
  wrong: Record<string, string>; // by field: why it cannot be read
}

/** What the texts say. `was` are the members before. */
export function read_texts(fields: Field[], texts: Texts, was: JsonObject): Read {
  const members: [string, Json][] = [];
  const wrong: [string, string][] = [];
  for (const x of fields)
    try {
      const value = value_of(x, texts[x.name] ?? "", shown_in(x, fields, was));
      if (value === undefined) continue;
      if (x.name === "") members.push(...rest_of(value, fields));
      else members.push([x.name, value]);
    } catch (why) {
      wrong.push([x.name, reason_of(why)]);
    }
  return { members: Object.fromEntries(members), wrong: Object.fromEntries(wrong) };
}

const is_object = (x: Json | undefined): x is JsonObject =>
  typeof x === "object" && x !== null && !Array.isArray(x) && !(x instanceof ExactNumber);

export const same = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true;
  if (a instanceof ExactNumber && b instanceof ExactNumber) return a.text === b.text;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
  if (!is_object(a) || !is_object(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => same(own(a, name), own(b, name)));
};

const has_null = (x: Json): boolean => x === null || (is_object(x) && Object.values(x).some(has_null));

/**
 * The merge patch (RFC 7396) that makes `after` of `before`; members that did not change are not in
 * it. Null if no patch can say it, because a member becomes null.
 */
export function merge_patch(before: JsonObject, after: JsonObject): JsonObject | null {
  const patch: [string, Json][] = Object.keys(before)
    .filter((name) => !Object.hasOwn(after, name))
    .map((name) => [name, null]);
  for (const [name, value] of Object.entries(after)) {
    const was = own(before, name);
    if (same(was, value)) continue;
    if (is_object(was) && is_object(value)) {
      const inner = merge_patch(was, value);
      if (inner === null) return null;
      patch.push([name, inner]);
    } else if (has_null(value)) {
      return null;
    } else {
      patch.push([name, value]);
    }
  }
  return Object.fromEntries(patch);
}

/** The field that a JSON pointer leads to. */
export function field_at(fields: Field[], pointer: string): Field | undefined {
  const name = (pointer.split("/")[1] ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
  return fields.find((x) => x.name === name && name !== "");
}
