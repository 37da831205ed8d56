// SPDX-License-Identifier: Apache-2.0
// What the tester does not look for: whether all was asked for, and headers that nobody documented.
import assert from "node:assert/strict";
import { operations_of, resolve } from "./arazzo.mjs";

// Headers that any answer may have; the document does not repeat them.
const common_headers = new Set([
  ..."content-type content-encoding date cache-control vary x-request-id server".split(" "),
  ..."content-security-policy x-content-type-options x-frame-options referrer-policy".split(" "),
  ..."cross-origin-opener-policy cross-origin-resource-policy x-accel-buffering".split(" "),
  ..."ratelimit ratelimit-policy".split(" "),
]);

// Refusals that cannot be had here. The pages were built; a collection's own paths are there only
// while it is; changes are kept for a second at least, and dropped later; nobody stops the server or
// fills its disk.
const out_of_reach = {
  404: /^((list_records|create_record|put_record|read_changes)_of_|get_(dashboard|documentation)$)|_of_guarded$/,
  410: /^read_changes_of_/,
  428: /_of_notes$/,
  503: /./,
  504: /./,
  507: /./,
};

/** The operation that an answer belongs to. */
function operation_of(operations, { method, path }) {
  const fits = operations.filter((x) => {
    const pattern = x.path
      .replace(/[.]/g, "\\.")
      .replace("{path}", ".+")
      .replace(/{\w+}/g, "[^/:]+");
    return x.method === method && new RegExp(`^${pattern}$`).test(path.split("?")[0]);
  });
  assert.equal(fits.length, 1, `${method} ${path} is one operation of the document`);
  return fits[0];
}

/** The documented statuses that none of the answers has. */
export function unseen(document, answers) {
  const operations = operations_of(document);
  const seen = new Set(
    answers.map((x) => `${operation_of(operations, x).operationId} ${x.status}`),
  );
  return operations.flatMap(({ operationId, responses }) =>
    Object.keys(responses)
      .filter(
        (status) =>
          !seen.has(`${operationId} ${status}`) && !out_of_reach[status]?.test(operationId),
      )
      .map((status) => `${operationId} ${status}`),
  );
}

/** The headers of answers that the document does not name. */
export function undocumented_headers(document, answers) {
  const operations = operations_of(document);
  const found = answers.flatMap((x) => {
    const operation = operation_of(operations, x);
    const documented = Object.keys(
      resolve(document, operation.responses[x.status])?.headers ?? {},
    ).map((name) => name.toLowerCase());
    return Object.keys(x.headers)
      .filter((name) => !common_headers.has(name) && !documented.includes(name))
      .map((name) => `${operation.operationId} ${x.status} ${name}`);
  });
  return [...new Set(found)];
}
