// SPDX-License-Identifier: Apache-2.0
/** The parts of an OpenAPI 3.1 document that the page shows. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  readOnly?: boolean;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  contentSchema?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
}

export interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { summary?: string; value: unknown }>;
}

export type Content = Record<string, Media>;

export interface Response {
  $ref?: string;
  description: string;
  headers?: Record<string, { $ref?: string }>;
  content?: Content;
}

export interface Operation {
  tags: string[];
  operationId: string;
  summary: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, Response>;
}

export interface Document {
  info: { title: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> };
}

/** What a local reference stands for; other values stand for themselves. */
export function resolve<T extends { $ref?: string }>(document: Document, value: T): T {
  if (!value.$ref) return value;
  let found: unknown = document;
  for (const part of value.$ref.slice(2).split("/"))
    found = (found as Record<string, unknown> | undefined)?.[part];
  return (found as T | undefined) ?? value;
}

/** "integer, 1 to 1000, default 100" */
export function describe(schema: Schema): string {
  const words: string[] = [];
  if (schema.enum) words.push(schema.enum.map((x) => JSON.stringify(x)).join(" | "));
  else if (schema.const !== undefined) words.push(JSON.stringify(schema.const));
  else if (schema.type) words.push([schema.type].flat().join(" or "));
  if (schema.format) words.push(schema.format);
  const lowest = schema.minimum ?? schema.minLength ?? schema.minItems;
  const highest = schema.maximum ?? schema.maxLength ?? schema.maxItems;
  if (lowest !== undefined && highest !== undefined) words.push(`${lowest} to ${highest}`);
  else if (lowest !== undefined) words.push(`at least ${lowest}`);
  else if (highest !== undefined) words.push(`at most ${highest}`);
  if (schema.pattern) words.push(`like ${schema.pattern}`);
  if (schema.readOnly) words.push("read only");
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(", ");
}

export interface Place {
  path: string;
  method: string;
  operation: Operation;
}

export const places_of = (document: Document): Place[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

export const parameters_of = (document: Document, { operation }: Place): Parameter[] =>
  (operation.parameters ?? []).map((x) => resolve(document, x));

/** What a caller's token must be good for; empty: nothing. */
export const scope_of = ({ operation }: Place): string | null =>
  operation.security?.[0]?.["token"]?.join(", ") ?? null;

/** "One job" and the like, and the JSON. */
export function examples_of(media: Media): [string, string][] {
  const text = (x: unknown) => JSON.stringify(x, null, 2);
  if (media.example !== undefined) return [["Example", text(media.example)]];
  return Object.values(media.examples ?? {}).map((x) => [x.summary ?? "Example", text(x.value)]);
}

/** The path and query of a request, with what was given for its parameters. */
export function address_of(
  place: Place,
  parameters: Parameter[],
  given: Record<string, string>,
): string {
  const path = place.path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(given[name] ?? ""));
  const query = new URLSearchParams();
  for (const x of parameters)
    if (x.in === "query" && given[x.name]) query.set(x.name, given[x.name] ?? "");
  return query.size > 0 ? `${path}?${query}` : path;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same request on a command line. */
export function curl_of(document: Document, place: Place, origin: string): string {
  const words = ["curl"];
  if (place.method !== "get") words.push("-X", place.method.toUpperCase());
  if (scope_of(place) !== null) words.push("-H", '"Authorization: Bearer $TOKEN"');
  const [type, media] = Object.entries(place.operation.requestBody?.content ?? {})[0] ?? [];
  if (type && media) {
    const [, text] = examples_of(media)[0] ?? ["", "{}"];
    words.push(
      "-H",
      quoted(`Content-Type: ${type}`),
      "-d",
      quoted(JSON.stringify(JSON.parse(text))),
    );
  }
  const required = parameters_of(document, place).filter((x) => x.in === "header" && x.required);
  for (const x of required) words.push("-H", quoted(`${x.name}: ${x.example ?? ""}`));
  return [...words, quoted(origin + place.path)].join(" ");
}
