// SPDX-License-Identifier: Apache-2.0
import { Store } from "./store";

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

/** Counts refusals for want of a token, so that the page can ask for one. */
export const refused = new Store(0);

const longest_wait_ms = 20_000;

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

export async function request<T>(
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.body !== undefined) headers["Content-Type"] ??= "application/json";
  const limit = AbortSignal.timeout(longest_wait_ms);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    });
  } catch (e) {
    if (options.signal?.aborted) throw e;
    throw new Problem(0, "unreachable", "The server does not answer. Is this node still running?");
  }
  if (response.status === 401) refused.set(refused.value + 1);
  if (!response.ok) throw await problem_of(response);
  const text = await response.text();
  return {
    body: (text === "" ? undefined : JSON.parse(text)) as T,
    headers: response.headers,
    status: response.status,
  };
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await request<T>("GET", path, { signal })).body;
}

export const collection_path = (collection: string): string =>
  `/v1/collections/${encodeURIComponent(collection)}`;

export const record_path = (collection: string, id: string): string =>
  `${collection_path(collection)}/records/${encodeURIComponent(id)}`;

/** A failure of any kind as one sentence. */
export const sentence_of = (x: unknown): string => (x instanceof Error ? x.message : String(x));
