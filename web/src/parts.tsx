import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, sentence_of } from "./api";
import { when } from "./format";
import { Icon, type IconName } from "./icons";
import { link } from "./router";
import { Store, use_store } from "./store";
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

export function Time({ at }: { at: string | null | undefined }) {
  return at ? (
    <time dateTime={at} title={at}>
      {when(at)}
    </time>
  ) : (
    <span class="faint">–</span>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Failure({ why }: { why: unknown }) {
  if (!why) return null;
  return (
    <p class="failure" role="alert">
      <Icon name="warning" />
      <span>
        {sentence_of(why)}
        {why instanceof Problem && why.code !== "unreachable" && <code> {why.code}</code>}
      </span>
    </p>
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

/** Scrolls sideways on its own, so that the page does not. */
export function TableFrame({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="frame" role="region" aria-label={label} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

// -- actions -------------------------------------------------------------------------------------

/** A button that is busy until its work is done, and shows why it failed. */
export function Action({
  run,
  children,
  tone = "",
  ...rest
}: { run: () => Promise<void>; tone?: string } & Omit<JSX.IntrinsicElements["button"], "onClick">) {
  const [busy, set_busy] = useState(false);
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
    <button type="button" class={tone || undefined} disabled={busy} aria-busy={busy} onClick={click} {...rest}>
      {children}
    </button>
  );
}

/** Asks before it does what cannot be undone. */
export function Confirmed({
  label,
  disabled,
  question,
  run,
  children,
}: {
  label?: string;
  disabled?: boolean;
  question: string;
  run: () => Promise<void>;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, set_open] = useState(false);
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  const close = () => dialog.current?.close();
  return (
    <>
      <button type="button" class="danger" aria-label={label} disabled={disabled} onClick={() => set_open(true)}>
        {children}
      </button>
      {open && (
        <dialog ref={dialog} onClose={() => set_open(false)} aria-label={question}>
          <p>{question}</p>
          <div class="buttons">
            <button type="button" onClick={close}>
              No, leave it
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

// -- messages ------------------------------------------------------------------------------------

interface Message {
  key: number;
  text: string;
  tone: "good" | "bad";
}

const messages = new Store<Message[]>([]);
let next_message = 1;

/** Shows a message for a while, and has it read out. */
export function say(text: string, tone: Message["tone"] = "good"): void {
  const key = next_message++;
  messages.set([...messages.value, { key, text, tone }].slice(-4));
  setTimeout(
    () => messages.set(messages.value.filter((x) => x.key !== key)),
    tone === "bad" ? 10_000 : 4_000,
  );
}

export function Messages() {
  const all = use_store(messages);
  return (
    <div class="messages" role="status" aria-live="polite">
      {all.map((x) => (
        <p key={x.key} class={x.tone}>
          <Icon name={x.tone === "good" ? "check" : "warning"} />
          <span>{x.text}</span>
          <button
            type="button"
            class="quiet"
            aria-label="Close this message"
            onClick={() => messages.set(messages.value.filter((m) => m.key !== x.key))}
          >
            <Icon name="cross" />
          </button>
        </p>
      ))}
    </div>
  );
}

// -- reading -------------------------------------------------------------------------------------

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
