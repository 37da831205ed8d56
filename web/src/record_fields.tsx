// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, type Violation } from "./api";
import { sentence } from "./format";
import { Icon } from "./icons";
import { Failure } from "./loading";
import { field_at, read_texts, texts_of, type Field, type Texts } from "./record_form";
import type { JsonObject } from "./types";

/** The form of a record. */

/** With what is stored now, even if the schema would not have it. */
function choices_of(field: Field, text: string): string[] {
  const choices = field.kind === "truth" ? ["true", "false"] : field.choices.filter((x) => x !== "");
  return text === "" || choices.includes(text) ? choices : [...choices, text];
}

function Input({ field, text, error, theirs, change }: { field: Field; text: string; error?: string; theirs?: string; change: (x: string) => void }) {
  const id = `field-${field.name || "rest"}`;
  const notes = [error && `${id}-error`, field.hint && `${id}-hint`, theirs !== undefined && `${id}-theirs`].filter(Boolean).join(" ");
  const common = {
    id,
    value: text,
    "aria-invalid": Boolean(error),
    "aria-required": field.required,
    "aria-describedby": notes || undefined,
    onInput: (e: { currentTarget: { value: string } }) => change(e.currentTarget.value),
  };
  // A field of one line would drop the line breaks that a text has.
  const [broken] = useState(text.includes("\n"));
  const lines = Math.min(20, Math.max(2, text.split("\n").length + 1));
  return (
    <div class={`field ${error ? "wrong" : ""}`}>
      <label for={id}>
        {field.name || "Other members"}
        {field.required && <span class="faint"> required</span>}
        {field.kind === "json" && <span class="faint"> JSON</span>}
      </label>
      {field.kind === "line" && !broken && <input type="text" {...common} />}
      {field.kind === "number" && <input type="text" inputMode="decimal" {...common} />}
      {(field.kind === "text" || (field.kind === "line" && broken)) && <textarea rows={lines} {...common} />}
      {field.kind === "json" && <textarea rows={lines} class="code" spellcheck={false} {...common} />}
      {(field.kind === "truth" || field.kind === "choice") && (
        <select {...common}>
          <option value="">–</option>
          {choices_of(field, text).map((x) => (
            <option key={x}>{x}</option>
          ))}
        </select>
      )}
      {field.hint && (
        <p class="hint" id={`${id}-hint`}>
          {field.hint}
        </p>
      )}
      {theirs !== undefined && (
        <p class="theirs" id={`${id}-theirs`}>
          <Icon name="again" /> Now stored: {theirs === "" ? "nothing" : theirs}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          <Icon name="warning" /> {error}
        </p>
      )}
    </div>
  );
}

/** The violations of a refused write by field; those without a field under "". */
function errors_by_field(fields: Field[], violations: Violation[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const x of violations) {
    const field = field_at(fields, x.pointer);
    const name = field?.name ?? "";
    const text = sentence(field || !x.pointer ? x.detail : `${x.pointer}: ${x.detail}`);
    errors[name] = errors[name] ? `${errors[name]} ${text}` : text;
  }
  return errors;
}

/** Stores the members; throws when it could not. */
export type Saver = (members: JsonObject) => Promise<void>;

interface FormState {
  texts: Texts;
  errors: Record<string, string>;
  why: unknown;
}

/** The fields and what is wrong with them. `theirs`: what is stored now, if it is not `base`. */
export function Form({ fields, base, theirs, save, children }: { fields: Field[]; base: JsonObject; theirs?: JsonObject; save: Saver; children?: preact.ComponentChildren }) {
  const [state, set_state] = useState<FormState>({ texts: texts_of(fields, base), errors: {}, why: null });
  const form = useRef<HTMLFormElement>(null);
  const known = useRef(base);

  // What the reader has not touched follows what is stored.
  useEffect(() => {
    if (known.current === base) return;
    const before = texts_of(fields, known.current);
    const now = texts_of(fields, base);
    known.current = base;
    set_state((x) => ({
      ...x,
      texts: Object.fromEntries(
        Object.entries(now).map(([name, text]) => [name, x.texts[name] === before[name] ? text : (x.texts[name] ?? "")]),
      ),
    }));
  }, [base]);

  const show = (errors: Record<string, string>, why: unknown) => {
    set_state((x) => ({ ...x, errors, why }));
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  const submit = async () => {
    const read = read_texts(fields, state.texts, base);
    if (Object.keys(read.wrong).length > 0) return show(read.wrong, null);
    try {
      await save(read.members);
      set_state((x) => ({ ...x, errors: {}, why: null }));
    } catch (e) {
      const errors = e instanceof Problem ? errors_by_field(fields, e.violations) : {};
      show(errors, e instanceof Problem && e.status === 412 ? null : e);
    }
  };
  const stored = theirs && texts_of(fields, theirs);
  const before = texts_of(fields, base);
  return (
    <form
      ref={form}
      class="record card"
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      {Boolean(state.why) && <Failure why={state.why} />}
      {state.errors[""] && !fields.some((x) => x.name === "") && <Failure why={state.errors[""]} />}
      {fields.map((x) => (
        <Input
          key={x.name}
          field={x}
          text={state.texts[x.name] ?? ""}
          error={state.errors[x.name]}
          theirs={stored && stored[x.name] !== before[x.name] ? stored[x.name] : undefined}
          change={(text) => set_state((s) => ({ ...s, texts: { ...s.texts, [x.name]: text } }))}
        />
      ))}
      <div class="buttons">{children}</div>
    </form>
  );
}
