// SPDX-License-Identifier: Apache-2.0
// Generates clients from the document of a running node as its users would, compiles them as
// strictly as TypeScript can, and works with them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { before, describe, test } from "node:test";
import { promisify } from "node:util";
import { Cluster } from "./cluster.mjs";

const collections = `
[collections.things]

[collections.orders]
indexes = ["state"]
search = ["note"]
schema = '''
{"$schema": "http://json-schema.org/draft-07/schema#",
 "$id": "https://example.org/order",
 "type": "object", "required": ["customer", "lines"],
 "additionalProperties": false,
 "properties": {
   "customer": {"$ref": "#/definitions/customer"},
   "lines": {"type": "array", "items": {"$ref": "#/definitions/line"}},
   "state": {"enum": ["open", "paid"]},
   "place": {"type": "array", "items": [{"type": "number"}, {"type": "number"}],
             "additionalItems": false},
   "note": {"type": "string"}, "signature": {"type": "string"}},
 "dependencies": {"signature": ["note"]},
 "definitions": {
   "customer": {"type": "object", "required": ["name"],
     "properties": {"name": {"type": "string"}, "address": {"$ref": "#/definitions/address"},
                    "friends": {"type": "array", "items": {"$ref": "#/definitions/customer"}}}},
   "address": {"type": "object", "properties": {"city": {"type": "string"}}},
   "line": {"type": "object", "required": ["article", "amount"], "additionalProperties": false,
     "properties": {"article": {"type": "string"}, "amount": {"type": "integer", "minimum": 1}}}}}
'''
`;

const expected = [
  "created version 1 for Ann",
  "read salt",
  "listed 0, next null",
  "found urgent",
  "patched to paid",
  "deleted 204",
  "refused invalid_record at /state",
  'job ready {"month":"May"} 20',
  "jobs ready",
  "cancelled 204",
  "missing unknown_job",
  "thing red",
];

// In the background: who waits does not see that idle connections end.
const run_tool = (file, ...options) =>
  promisify(execFile)(process.execPath, [`node_modules/${file}`, ...options]);

describe("clients that are generated from the document", () => {
  const clients = ["typed_paths", "typed_calls"];
  before(async () => {
    const cluster = await Cluster.start({ auth: false, more: collections });
    writeFileSync("openapi.json", JSON.stringify(await cluster.document()));
    await cluster.stop();
  });

  test("compile strictly", async () => {
    await run_tool("openapi-typescript/bin/cli.js", "openapi.json", "-o", "generated/paths.ts");
    const calls = ["-i", "openapi.json", "-o", "generated/calls", "-c", "@hey-api/client-fetch"];
    await run_tool("@hey-api/openapi-ts/bin/index.cjs", ...calls);
    await run_tool("typescript/bin/tsc", "-p", ".").catch((failure) => assert.fail(failure.stdout));
    writeFileSync("compiled/package.json", '{"type": "commonjs"}');
  });

  // Each has a server of its own, so that all find the same.
  for (const client of clients)
    test(`${client} works with records and jobs, and reads refusals`, async () => {
      const cluster = await Cluster.start({ auth: false, more: collections });
      try {
        const { run } = createRequire(import.meta.url)(`./compiled/${client}.js`);
        assert.deepEqual(await run(cluster.url), expected);
      } finally {
        await cluster.stop();
      }
    });
});
