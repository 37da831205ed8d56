// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { pretty } from "../format";
import { address_of, parameters_of } from "./document";
import type { Document, Place } from "./document";

interface Shown {
  address: string;
  head: string; // status and headers; empty: not yet
  text: string;
  running: boolean;
}

// Of a stream, or of a long list.
const letters_max = 100_000;

const shown_as = (type: string, text: string): string =>
  type.includes("json") && !type.includes("ndjson") ? pretty(text) : text;

/** Sends the request, and shows the answer as it comes in; streams go on until they are aborted. */
async function send(
  address: string,
  headers: Record<string, string>,
  signal: AbortSignal,
  show: (x: Partial<Shown>) => void,
): Promise<void> {
  const answer = await fetch(address, { headers, signal });
  const lines = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
  show({ head: [`${answer.status} ${answer.statusText}`, ...lines].join("\n") });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && text.length < letters_max) {
    const { done, value } = await reader.read();
    if (done) return show({ text: shown_as(answer.headers.get("content-type") ?? "", text) });
    text += value;
    show({ text });
  }
  await reader?.cancel();
  show({ text: `${text.slice(0, letters_max)}\n…` });
}

/** A form for the parameters of a GET, and what the server answers. */
export function TryIt({ document, place }: { document: Document; place: Place }) {
  const [given, set_given] = useState<Record<string, string>>({});
  const [shown, set_shown] = useState<Shown | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const parameters = parameters_of(document, place);
  const id = (name: string) => `${place.operation.operationId}.${name}`;

  const submit = async (e: Event) => {
    e.preventDefault();
    if (shown?.running) return running.current?.abort();
    const address = address_of(place, parameters, given);
    const headers = Object.fromEntries(
      parameters
        .filter((x) => x.in === "header" && given[x.name])
        .map((x) => [x.name, given[x.name] ?? ""]),
    );
    const now = (running.current = new AbortController());
    let state: Shown = { address, head: "", text: "", running: true };
    const show = (x: Partial<Shown>) => set_shown((state = { ...state, ...x }));
    show({});
    try {
      await send(address, headers, now.signal, show);
    } catch (failure) {
      if (!now.signal.aborted) show({ head: "No answer", text: String(failure) });
    }
    show({ running: false });
  };

  return (
    <form class="try" onSubmit={submit}>
      <h3>Try it</h3>
      {parameters.map((x) => (
        <div class="field" key={x.name}>
          <label for={id(x.name)}>
            {x.name}
            {x.required && <span class="required"> required</span>}
          </label>
          <input
            id={id(x.name)}
            required={x.required}
            placeholder={String(x.example ?? x.schema?.default ?? "")}
            value={given[x.name] ?? ""}
            onInput={(e) => set_given({ ...given, [x.name]: e.currentTarget.value })}
          />
        </div>
      ))}
      <button type="submit">{shown?.running ? "Stop" : "Send"}</button>
      {shown && (
        <div role="region" aria-label="Answer" aria-live="polite">
          <p>
            <code>GET {shown.address}</code>
          </p>
          <pre tabIndex={0} class="head">
            {shown.head || "…"}
          </pre>
          {shown.text && <pre tabIndex={0}>{shown.text}</pre>}
        </div>
      )}
    </form>
  );
}
