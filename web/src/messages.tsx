// SPDX-License-Identifier: Apache-2.0
import { Icon } from "./icons";
import { place } from "./router";
import { Store, use_store } from "./state/store";

/** What the page says for a moment: that something was done, or why not. */

interface Message {
  key: number;
  text: string;
  tone: "good" | "bad";
  page: string; // where it was said
}

const messages = new Store<Message[]>([]);
let next_message = 1;

const close = (key: number): void => messages.set(messages.value.filter((x) => x.key !== key));

const page_now = (): string => place.value.path.join("/");

// Why something failed matters on its own page; that something was done, on the next one, too.
place.watch(() => {
  const rest = messages.value.filter((x) => x.tone === "good" || x.page === page_now());
  if (rest.length < messages.value.length) messages.set(rest);
});

/** Shows a message for a while, and has it read out. */
export function say(text: string, tone: Message["tone"] = "good"): void {
  const key = next_message++;
  messages.set([...messages.value, { key, text, tone, page: page_now() }].slice(-4));
  setTimeout(() => close(key), tone === "bad" ? 10_000 : 4_000);
}

export function Messages() {
  const all = use_store(messages);
  return (
    <div class="messages" role="status" aria-live="polite">
      {all.map((x) => (
        <p key={x.key} class={x.tone}>
          <Icon name={x.tone === "good" ? "check" : "warning"} />
          <span>{x.text}</span>
          <button type="button" class="quiet" aria-label="Close this message" onClick={() => close(x.key)}>
            <Icon name="cross" />
          </button>
        </p>
      ))}
    </div>
  );
}
