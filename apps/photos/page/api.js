// SPDX-License-Identifier: Apache-2.0
/** Requests to the gateway that served this page; /docs says what else can be asked. */

/** An answer that says no (RFC 9457), or that no answer came (status 0). */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const longest_wait_ms = 20_000;
const merge_patch = { "Content-Type": "application/merge-patch+json" };

export const records_path = (collection) => `/v1/collections/${collection}/records`;
export const record_path = (collection, id) => `${records_path(collection)}/${encodeURIComponent(id)}`;

function problem_of(status, text) {
  if (status === 0) return new Problem(0, "unreachable", "The server does not answer.");
  if (status === 401) dispatchEvent(new Event("signed-out"));
  try {
    const { code, detail, errors } = JSON.parse(text);
    const places = (errors ?? []).map((x) => `${x.pointer} ${x.detail}`);
    return new Problem(status, code, [detail, ...places].join("; "));
  } catch {
    return new Problem(status, "unknown", `The server answered ${status}.`);
  }
}

const read = (text) => (text === "" ? undefined : JSON.parse(text));

export async function request(method, path, { body, headers } = {}) {
  const options = {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(longest_wait_ms),
  };
  const answer = await fetch(path, options).catch(() => ({ ok: false, status: 0, text: () => "" }));
  const text = await answer.text();
  if (!answer.ok) throw problem_of(answer.status, text);
  return read(text);
}

export const get = (path) => request("GET", path);

/** Changes some members of a record; with a version only if nobody else did meanwhile. */
export const patch = (path, body, version) =>
  request("PATCH", path, {
    body,
    headers: { ...merge_patch, ...(version && { "If-Match": `"${version}"` }) },
  });

/**
 * Creates a record, and tells how much of it is sent (0 to 1), which fetch cannot. Sent again under
 * the same key, it is still created once.
 */
function create_once(collection, body, key, progress) {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest();
    x.open("POST", records_path(collection));
    x.setRequestHeader("Content-Type", "application/json");
    x.setRequestHeader("Idempotency-Key", key);
    x.setRequestHeader("Prefer", "return=minimal");
    x.timeout = 3 * longest_wait_ms;
    x.upload.onprogress = (e) => progress?.(e.loaded / e.total);
    x.onload = () => (x.status < 300 ? resolve() : reject(problem_of(x.status, x.responseText)));
    x.onerror = x.ontimeout = () => reject(problem_of(0, ""));
    x.send(JSON.stringify(body));
  });
}

const worth_another_try = [0, 429, 503, 504];
const pauses_ms = [500, 1000, 2000, 4000];

/** Around so many milliseconds: pages that lost one gateway must not all come to the next at once. */
export const about = (ms) => ms * (0.5 + Math.random());

/** The same, with patience: a gateway may just be away. */
export async function create(collection, body, key, progress) {
  for (const pause of pauses_ms)
    try {
      return await create_once(collection, body, key, progress);
    } catch (why) {
      if (!worth_another_try.includes(why.status)) throw why;
      await new Promise((resolve) => setTimeout(resolve, about(pause)));
    }
  return create_once(collection, body, key, progress);
}

/**
 * Follows a collection's changes after a sequence number. `told` gets each change, `state` whether
 * the connection is live; `lost` is called when changes were missed, and then no more are told.
 */
export function follow(collection, after, { told, state, lost }) {
  const source = new EventSource(`/v1/collections/${collection}/changes?after=${after}`);
  source.onopen = () => state(true);
  for (const kind of ["created", "updated", "deleted"])
    source.addEventListener(kind, (e) => {
      after = Number(e.lastEventId);
      told(JSON.parse(e.data));
    });
  source.addEventListener("reset", () => {
    source.close();
    lost();
  });
  source.onerror = () => {
    state(false);
    // A broken connection it makes again by itself, and says what it heard last; a refusal ends it.
    if (source.readyState === EventSource.CLOSED)
      setTimeout(() => follow(collection, after, { told, state, lost }), about(2000));
  };
}
