// SPDX-License-Identifier: Apache-2.0
import { Icon } from "./icons";
import { Store, use_store } from "./store";

/** What the page says for a moment: that something was done, or why not. */

interface Message {
  key: number;
  text: string;
  tone: "good" | "bad";
}

const messages = new Store<Message[]>([]);
let next_message = 1;

const close = (key: number): void => messages.set(messages.value.filter((x) => x.key !== key));

/** Shows a message for a while, and has it read out. */
export function say(text: string, tone: Message["tone"] = "good"): void {
  const key = next_message++;
  messages.set([...messages.value, { key, text, tone }].slice(-4));
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
