// SPDX-License-Identifier: Apache-2.0
import { sentence } from "./format";
import { parse_json, write_json } from "./json";

/** Requests to the gateway that served this page. */

export interface Violation {
  pointer: string;
  detail: string;
}

/** An answer that says no (RFC 9457), or that no answer came. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly violations: Violation[] = [],
  ) {
    super(detail);
  }
}

export interface Answer<T> {
  body: T;
  headers: Headers;
  status: number;
}

/** Lets in who has a token. A page that asks for one puts itself here. */
export interface Keeper {
  /** Waits until the reader is signed in. */
  admitted(): Promise<void>;
  /** The same, after a request was refused: looks whether its token is still good. */
  knock(): Promise<void>;
}

export const door: { keeper: Keeper | null } = { keeper: null };

const longest_wait_ms = 20_000;

// Of a request that is refused although its reader is signed in.
const knocks_max = 3;

async function problem_of(response: Response): Promise<Problem> {
  const fallback = new Problem(
    response.status,
    "unknown",
    `The server answered ${response.status} ${response.statusText}.`,
  );
  try {
    const x = await response.json();
    return new Problem(response.status, x.code ?? "unknown", x.detail ?? fallback.detail, x.errors ?? []);
  } catch {
    return fallback;
  }
}

interface Options {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  exact?: boolean; // numbers that JavaScript would round come as ExactNumber
  patient?: boolean; // waits for a token when one is missing, then repeats itself; else it fails
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

async function send(method: string, path: string, options: Options): Promise<{ response: Response; text: string }> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.body !== undefined) headers["Content-Type"] ??= "application/json";
  const limit = AbortSignal.timeout(longest_wait_ms);
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: options.body === undefined ? undefined : write_json(options.body),
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    });
    return { response, text: response.ok ? await response.text() : "" };
  } catch (e) {
    if (options.signal?.aborted) throw e;
    throw new Problem(0, "unreachable", "The server does not answer. Is this node still running?");
  }
}

function body_of(text: string, status: number, exact: boolean): unknown {
  if (text === "") return undefined;
  try {
    return exact ? parse_json(text) : JSON.parse(text);
  } catch {
    throw new Problem(status, "unknown", "The answer is not JSON. Is this page served by Troupe?");
  }
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  for (let knocks = 0; ; ++knocks) {
    const { response, text } = await send(method, path, options);
    const waits = response.status === 401 && options.patient !== false && door.keeper && knocks < knocks_max;
    if (waits) {
      // What was refused for want of a token has not happened: it is safe to do it again.
      const admitted = door.keeper!.knock();
      await (options.signal ? Promise.race([admitted, aborted(options.signal)]) : admitted);
      continue;
    }
    if (!response.ok) throw await problem_of(response);
    return { body: body_of(text, response.status, options.exact ?? false) as T, headers: response.headers, status: response.status };
  }
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await request<T>("GET", path, { signal })).body;
}

/** The same for records, whose numbers must stay as they are. */
export async function get_exact<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await request<T>("GET", path, { signal, exact: true })).body;
}

export const collection_path = (collection: string): string =>
  `/v1/collections/${encodeURIComponent(collection)}`;

export const record_path = (collection: string, id: string): string =>
  `${collection_path(collection)}/records/${encodeURIComponent(id)}`;

/** A failure of any kind as one sentence. */
export const sentence_of = (x: unknown): string => sentence(x instanceof Error ? x.message : String(x));

/** Whether the same may succeed later: what the server refused stays refused. */
export const may_pass = (x: unknown): boolean =>
  !(x instanceof Problem) || x.status < 400 || x.status >= 500 || x.status === 408 || x.status === 429;
