// SPDX-License-Identifier: Apache-2.0
import type { Cache, HotKey } from "./types";

/** The records that are read most, of each collection, most read first. */
export function hot_by_collection(caches: Cache[]): { collection: string; keys: HotKey[] }[] {
  const all = new Map<string, Map<string, HotKey>>();
  for (const x of caches.flatMap((cache) => cache.hot_keys ?? [])) {
    const keys = all.get(x.collection) ?? new Map<string, HotKey>();
    all.set(x.collection, keys);
    // A record that has moved may still be remembered where it was.
    keys.set(x.id, { ...x, reads: x.reads + (keys.get(x.id)?.reads ?? 0) });
  }
  return [...all]
    .map(([collection, keys]) => ({ collection, keys: [...keys.values()].sort(more_read) }))
    .sort((a, b) => a.collection.localeCompare(b.collection));
}

export const more_read = (a: HotKey, b: HotKey): number => b.reads - a.reads || a.id.localeCompare(b.id);
