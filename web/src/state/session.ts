// SPDX-License-Identifier: Apache-2.0
import { door, request } from "../api";
import { pause, retry_delay } from "../patience";
import { Store, use_store } from "./store";

/** Who the reader is: where tokens are needed, the gateway knows a session by its cookie. */
export interface Session {
  auth: boolean; // tokens are needed here
  authenticated: boolean;
  name?: string;
  scopes: string[];
  expires_at?: string;
}

export const session = new Store<Session | null>(null);

export const use_session = (): Session | null => use_store(session);

let looking: Promise<void> | null = null;

/** Asks who the reader is, until there is an answer. */
async function ask(): Promise<void> {
  for (let failures = 0; ; ++failures) {
    const now = await request<Session>("GET", "/v1/session", { patient: false }).catch(() => null);
    if (now) return session.set(now.body);
    await pause(retry_delay(failures));
  }
}

/** The same, once, however many want to know meanwhile. */
export function look(): Promise<void> {
  looking ??= ask().finally(() => (looking = null));
  return looking;
}

/** Makes requests that lack a token wait for one; this page asks for it. */
export function keep_door(): void {
  const admitted = () => session.until((x) => x?.authenticated ?? false);
  door.keeper = {
    admitted,
    knock: async () => {
      await look();
      await admitted();
    },
  };
}

export async function sign_in(token: string): Promise<void> {
  const headers = { Authorization: `Bearer ${token.trim()}` };
  const { body } = await request<Session>("POST", "/v1/session", { headers, patient: false });
  session.set(body);
}

export async function sign_out(): Promise<void> {
  await request("DELETE", "/v1/session", { patient: false });
  location.reload();
}

/** Whether scopes are enough for "admin", "jobs:change", "records:write:notes". */
export function grants(scopes: string[], wanted: string): boolean {
  const [area, verb] = wanted.split(":");
  return scopes.some((x) => x === "admin" || x === wanted || x === `${area}:${verb}:*`);
}

/** What a token must have for something, and this reader's has not; undefined: nothing is missing. */
export function use_missing(wanted: string | undefined): string | undefined {
  const now = use_session();
  if (!wanted || !now?.auth || !now.authenticated) return undefined;
  return grants(now.scopes, wanted) ? undefined : `Your token lacks the scope ${wanted}.`;
}

/** Whether the reader may be told what is going on. */
export const may_watch = (now: Session | null): boolean =>
  now !== null && (!now.auth || !now.authenticated || grants(now.scopes, "cluster:read"));

