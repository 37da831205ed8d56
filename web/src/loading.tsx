// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { Problem, may_pass, sentence_of } from "./api";
import { Icon } from "./icons";
import { Action } from "./parts";
import { overview } from "./state/live";
import { may_watch, use_session } from "./state/session";
import { use_store } from "./state/store";

/** What stands where something is missing: because it loads, there is none, or it failed. */

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

/** On pages that show overviews, to readers who may not see them. */
export function Unwatched() {
  if (may_watch(use_session())) return null;
  return (
    <Empty>
      This page needs the scope <code>cluster:read</code>, which your token lacks.
    </Empty>
  );
}

/** Instead of what an overview tells, until there is one. */
export function NoOverview() {
  const watched = may_watch(use_session());
  if (use_store(overview)) return null;
  return watched ? <Loading /> : <Unwatched />;
}

/** Greys what answers an earlier question than the one that is asked now. */
export function Fresh({ stale, children }: { stale: boolean; children: ComponentChildren }) {
  return (
    <div class={`fresh ${stale ? "stale" : ""}`} aria-busy={stale}>
      {children}
    </div>
  );
}

// The gateway's sentences say what to do about the rest.
const remedies: Record<string, string> = {
  unreachable: "What you see may be out of date. If its process has ended, start it again, or open another gateway.",
  unavailable: "It may be starting, or its node may be down: the page “Workers” shows which nodes are up.",
  shutting_down: "Open another gateway, or wait until this one is back.",
  overloaded: "This usually passes. If it does not, see on the page “Workers” what is waiting.",
  timed_out: "Check the state before you repeat this.",
  unknown_job: "Jobs are deleted when their retention ends.",
  storage_failed: "The log of the control node says why.",
  storage_full: "Free some disk space on the control node.",
  forbidden: "Sign out, and sign in with a token that has this scope.",
};

/** Why something failed, and what to do about it. */
export function Failure({ why, again }: { why: unknown; again?: () => void }) {
  if (!why) return null;
  const remedy = why instanceof Problem ? remedies[why.code] : undefined;
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <p>
        {sentence_of(why)} {remedy}
      </p>
      {again && may_pass(why) && <Action run={async () => again()}>Try again</Action>}
    </div>
  );
}
