// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { sentence_of } from "./api";
import { Icon, type IconName } from "./icons";
import { say } from "./messages";
import { link } from "./router";
import { use_missing } from "./state/session";
import type { JobState, Worker } from "./types";

/** What several pages are made of. */

// -- badges --------------------------------------------------------------------------------------

export type Tone = "good" | "bad" | "warn" | "busy" | "plain";

export function Badge({ tone, icon, children }: { tone: Tone; icon: IconName; children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  );
}

const states: Record<JobState, [Tone, IconName]> = {
  scheduled: ["plain", "clock"],
  ready: ["plain", "ring"],
  running: ["busy", "play"],
  retrying: ["warn", "again"],
  succeeded: ["good", "check"],
  dead: ["bad", "cross"],
  cancelled: ["plain", "slash"],
};

export const job_states = Object.keys(states) as JobState[];

export function StateBadge({ state }: { state: JobState }) {
  const [tone, icon] = states[state] ?? ["plain", "dot"];
  return (
    <Badge tone={tone} icon={icon}>
      {state}
    </Badge>
  );
}

const worker_states: Record<Worker["state"] | "gone", [Tone, IconName]> = {
  alive: ["good", "check"],
  suspect: ["warn", "warning"],
  draining: ["plain", "pause"],
  idle: ["warn", "pause"],
  gone: ["bad", "cross"],
};

export function WorkerBadge({ state }: { state: Worker["state"] | "gone" }) {
  const [tone, icon] = worker_states[state];
  return (
    <Badge tone={tone} icon={icon}>
      {state}
    </Badge>
  );
}

// -- text ----------------------------------------------------------------------------------------

export function JobLink({ id }: { id: string }) {
  return (
    <a class="id" href={link(["jobs", id])}>
      {id}
    </a>
  );
}

export function Heading({ title, children }: { title: ComponentChildren; children?: ComponentChildren }) {
  return (
    <header class="heading">
      <h1 tabIndex={-1}>{title}</h1>
      {children && <div class="tools">{children}</div>}
    </header>
  );
}

/** A share of 0 to 1 as a bar; what it says stands beside it. */
export function Bar({ share, tone = "busy" }: { share: number; tone?: Tone }) {
  const width = Number.isFinite(share) ? Math.max(0, Math.min(1, share)) * 100 : 0;
  return (
    <svg class={`bar ${tone}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="whole" width="100" height="6" />
      <rect class="part" width={width} height="6" />
    </svg>
  );
}

/** Scrolls sideways on its own, so that the page does not; on a phone each row is a card. */
export function TableFrame({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="frame" role="region" aria-label={label} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

/** A cell that a phone shows with the name of its column beside it. */
export function Cell({ name, class: kind, children, ...rest }: { name: string } & JSX.IntrinsicElements["td"]) {
  return (
    <td data-name={name} class={kind} {...rest}>
      {children}
    </td>
  );
}

/** A word that narrows a list to what carries it. */
export function Tags({ tags, to }: { tags: string[] | undefined; to: (tag: string) => string }) {
  if (!tags || tags.length === 0) return null;
  return (
    <ul class="tags" aria-label="Tags">
      {tags.map((x) => (
        <li key={x}>
          <a href={to(x)} title={`Jobs with the tag ${x}`}>
            {x}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Copies a text, and says so. */
export function Copy({ text, what }: { text: string; what: string }) {
  return (
    <Action
      class="quiet"
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      run={async () => {
        await copy(text);
        say(`Copied ${what}.`);
      }}
    >
      <Icon name="copy" />
    </Action>
  );
}

/** Pages served without TLS from elsewhere than this machine have no clipboard: there the old way. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("Your browser does not let this page copy. Select the text and copy it.");
}

// -- actions -------------------------------------------------------------------------------------

/** A button that is busy until its work is done, and shows why it failed. `needs`: a scope. */
export function Action({
  run,
  children,
  tone = "",
  needs,
  disabled,
  title,
  ...rest
}: { run: () => Promise<void>; tone?: string; needs?: string } & Omit<JSX.IntrinsicElements["button"], "onClick">) {
  const [busy, set_busy] = useState(false);
  const missing = use_missing(needs);
  const click = async () => {
    set_busy(true);
    try {
      await run();
    } catch (e) {
      say(sentence_of(e), "bad");
    } finally {
      set_busy(false);
    }
  };
  return (
    <button type="button" class={tone || undefined} disabled={busy || disabled || missing !== undefined} title={missing ?? title} aria-busy={busy} onClick={click} {...rest}>
      {children}
    </button>
  );
}

/** Sends the form that it stands in. `needs`: a scope. */
export function Submit({ needs, children }: { needs: string; children: ComponentChildren }) {
  const missing = use_missing(needs);
  return (
    <button type="submit" class="primary" disabled={missing !== undefined} title={missing}>
      {children}
    </button>
  );
}

/** Asks before it does what cannot be undone. */
export function Confirmed({
  label,
  disabled,
  needs,
  question,
  run,
  children,
}: {
  label?: string;
  disabled?: boolean;
  needs?: string;
  question: string;
  run: () => Promise<void>;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, set_open] = useState(false);
  const missing = use_missing(needs);
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  const close = () => dialog.current?.close();
  return (
    <>
      <button type="button" class="danger" aria-label={label} disabled={disabled || missing !== undefined} title={missing} onClick={() => set_open(true)}>
        {children}
      </button>
      {open && (
        <dialog ref={dialog} onClose={() => set_open(false)} aria-label={question}>
          <p>{question}</p>
          <div class="buttons">
            <button type="button" onClick={close}>
              Go back
            </button>
            <Action
              tone="danger"
              run={async () => {
                await run();
                close();
              }}
            >
              {children}
            </Action>
          </div>
        </dialog>
      )}
    </>
  );
}
