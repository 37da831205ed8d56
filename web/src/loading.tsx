// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem, sentence_of } from "./api";
import { Icon } from "./icons";
import { Action } from "./parts";

/** What is read from the gateway: while it loads, when it is there, and when it failed. */

export interface Loaded<T> {
  value: T | null;
  why: unknown;
  again: () => void;
}

/** Loads when `what` changes and when asked again; of answers that cross, the last asked counts. */
export function use_loaded<T>(load: (signal: AbortSignal) => Promise<T>, what: unknown[]): Loaded<T> {
  const [state, set_state] = useState<{ value: T | null; why: unknown }>({ value: null, why: null });
  const [round, set_round] = useState(0);
  useEffect(() => {
    const asked = new AbortController();
    load(asked.signal).then(
      (value) => asked.signal.aborted || set_state({ value, why: null }),
      (why) => asked.signal.aborted || set_state((x) => ({ value: x.value, why })),
    );
    return () => asked.abort();
    // `what` stands for everything that `load` depends on.
  }, [...what, round]);
  return { ...state, again: () => set_round((x) => x + 1) };
}

/** Shown only when it takes a while. */
export function Loading() {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {[0, 1, 2, 3, 4].map((x) => (
        <span key={x} />
      ))}
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

// The gateway's sentences say what to do about the rest.
const remedies: Record<string, string> = {
  unreachable: "What you see may be old. If its process has ended, start it again, or go to another gateway.",
  unavailable: "It may be starting, or its node is gone: the page “Workers” shows which nodes are there.",
  shutting_down: "Go to another gateway, or wait until this one is back.",
  overloaded: "It passes by itself; if it does not, look at the page “Workers” for what waits.",
  timed_out: "Look at the state before you repeat it.",
  unknown_job: "Jobs are deleted when their retention is over.",
  storage_failed: "The log of the control node says why.",
  storage_full: "Free space on the disk of the control node.",
  forbidden: "Sign out, and in again with a token that may do this.",
};

/** Why something failed, and what to do about it. */
export function Failure({ why, again }: { why: unknown; again?: () => void }) {
  if (!why) return null;
  const code = why instanceof Problem ? why.code : "";
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <p>
        {sentence_of(why)} {remedies[code]}
        {code !== "" && code !== "unreachable" && <code> {code}</code>}
      </p>
      {again && <Action run={async () => again()}>Try again</Action>}
    </div>
  );
}
