// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";

/** What is read from the gateway: while it loads, when it is there, and when it failed. */

export interface Loaded<T> {
  value: T | null;
  /** The value answers an earlier question; the one that is asked now has no answer yet. */
  stale: boolean;
  why: unknown;
  again: () => void;
}

interface State<T> {
  key: string; // the question that `value` and `why` answer
  value: T | null;
  why: unknown;
}

/** Loads when `what` changes and when asked again; of answers that cross, the last asked counts. */
export function use_loaded<T>(load: (signal: AbortSignal) => Promise<T>, what: unknown[]): Loaded<T> {
  const key = JSON.stringify(what);
  const [state, set_state] = useState<State<T>>({ key, value: null, why: null });
  const [round, set_round] = useState(0);
  useEffect(() => {
    const asked = new AbortController();
    load(asked.signal).then(
      (value) => asked.signal.aborted || set_state({ key, value, why: null }),
      (why) => asked.signal.aborted || set_state((x) => ({ key, value: x.key === key ? x.value : null, why })),
    );
    return () => asked.abort();
    // `what` stands for everything that `load` depends on.
  }, [key, round]);
  const stale = state.key !== key;
  return { value: state.value, stale, why: stale ? null : state.why, again: () => set_round((x) => x + 1) };
}
