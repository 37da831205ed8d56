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
}

export type Content = Record<string, { schema?: Schema }>;

export interface Response {
  description: string;
  headers?: Record<string, { $ref?: string }>;
  content?: Content;
}

export interface Operation {
  tags: string[];
  operationId: string;
  summary: string;
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
