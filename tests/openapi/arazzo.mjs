// SPDX-License-Identifier: Apache-2.0
// What the tester is given: the document, made strict, and the calls as an Arazzo description.
import { array_types } from "./recorder.mjs";

export function operations_of(document) {
  const list = [];
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods))
      list.push({ path, method: method.toUpperCase(), ...operation });
  return list;
}

export function resolve(document, x) {
  let found = x;
  while (found?.$ref)
    found = found.$ref
      .slice(2)
      .split("/")
      .reduce((at, name) => at[name.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  return found;
}

// The tester does not look at formats.
const time_pattern = "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$";

/** Closes every object: a member that the document does not name is a mistake. */
function close(x, part_of_all = false) {
  if (Array.isArray(x)) return x.forEach((each) => close(each));
  if (x === null || typeof x !== "object") return;
  for (const [key, value] of Object.entries(x)) {
    if (key === "allOf") value.forEach((each) => close(each, true));
    else if (!["enum", "const", "default", "example", "examples"].includes(key)) close(value);
  }
  if (x.format === "date-time") x.pattern = time_pattern;
  const closed = x.additionalProperties !== undefined || x.unevaluatedProperties !== undefined;
  const describes_members =
    x.allOf || (x.properties && typeof x.properties === "object" && !x.properties.$ref);
  if (describes_members && !closed && !part_of_all) x.unevaluatedProperties = false;
}

/** The document as the tester sees it; `url`: where the server is. */
export function strict(served, url) {
  const document = structuredClone(served);
  document.servers = [{ url }];
  close(document.components.schemas);
  for (const operation of operations_of(document))
    for (const answer of Object.values(operation.responses))
      for (const [type, array] of Object.entries(array_types))
        if (answer.content?.[type]) {
          answer.content[array] = {
            schema: { type: "array", items: answer.content[type].schema.contentSchema },
          };
          delete answer.content[type];
        }
  return document;
}

/** Header checks: all that the document promises for this answer, and those the call names. */
function header_criteria(document, call, answer) {
  const promised = Object.entries(answer?.headers ?? {})
    .map(([name, x]) => [name, resolve(document, x)])
    .filter(([name, x]) => x.required || call.headers?.includes(name));
  return promised.map(([name, x]) => ({
    context: `$response.header.${name}`,
    type: "regex",
    condition: x.schema.pattern ?? (x.schema.type === "integer" ? "^[0-9]+$" : "."),
  }));
}

const again_on = (status) => ({
  name: "again",
  type: "retry",
  retryAfter: 0,
  retryLimit: 20,
  criteria: [{ condition: `$statusCode == ${status}` }],
});

function step_of(document, operations, scenario, call, i) {
  // The tester's linter takes ids of steps as names of the whole file.
  const id = (name) => `${scenario}-${name}`;
  const operation = operations.get(call.call);
  if (!operation) throw new Error(`the document has no operation '${call.call}'`);
  const at = (x) =>
    typeof x === "string"
      ? x.replace(/^\$(\w+)\.(\w+)$/, (_, step, name) => `$steps.${id(step)}.outputs.${name}`)
      : x;
  const deep = (x) =>
    Array.isArray(x)
      ? x.map(deep)
      : x && typeof x === "object"
        ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, deep(v)]))
        : at(x);
  const parameters = [];
  for (const where of ["path", "query", "header"])
    for (const [name, value] of Object.entries(call[where] ?? {}))
      parameters.push({ name, in: where, value: at(value) });
  return {
    stepId: id(call.as ?? i),
    operationId: `$sourceDescriptions.api.${call.call}`,
    ...(parameters.length && { parameters }),
    ...(call.body !== undefined && {
      requestBody: { contentType: call.type ?? "application/json", payload: deep(call.body) },
    }),
    successCriteria: [
      { condition: `$statusCode == ${call.gives}` },
      ...header_criteria(document, call, operation.responses[call.gives]),
    ],
    ...(call.keep && { outputs: call.keep }),
    ...(call.unless && { onFailure: [again_on(call.unless)] }),
  };
}

/** `scenarios`: lists of calls by name; a call is {call, gives, path, query, header, body, type,
 *  headers, keep, as, unless}. Later calls name what earlier ones kept as "$as.name". `headers` are
 *  optional ones that must be there; with the status `unless` the call is made again. */
export function arazzo(document, scenarios, file) {
  const operations = new Map(operations_of(document).map((x) => [x.operationId, x]));
  return {
    arazzo: "1.0.1",
    info: { title: "Troupe's contract", version: "1" },
    sourceDescriptions: [{ name: "api", type: "openapi", url: file }],
    workflows: Object.entries(scenarios).map(([workflowId, calls]) => ({
      workflowId,
      steps: calls.map((call, i) => step_of(document, operations, workflowId, call, i)),
    })),
  };
}
