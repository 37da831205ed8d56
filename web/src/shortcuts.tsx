// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { go, link } from "./router";

/** What the keyboard does beyond what browsers do. */

const places: Record<string, [string, string]> = {
  o: ["overview", "Overview"],
  q: ["queues", "Queues"],
  j: ["jobs", "Jobs"],
  d: ["dead", "Dead letters"],
  w: ["nodes", "Workers"],
  r: ["collections", "Collections"],
  c: ["caches", "Cache"],
};

// Within this time after g the next key says where to go.
const second_key_ms = 1500;

const is_typing = (at: EventTarget | null): boolean =>
  at instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || at.isContentEditable);

function to_search(): boolean {
  const search = document.querySelector<HTMLInputElement>("[data-search]:not([data-search=false])");
  search?.focus();
  search?.select();
  return search !== null;
}

/** Moves the focus to the link of the next row, or of the one before. */
function to_row(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("main tbody th a")];
  if (rows.length === 0) return false;
  const at = rows.findIndex((x) => x.closest("tr")?.contains(document.activeElement));
  const next = at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step));
  rows[next]!.focus();
  return true;
}

function Help({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="keys" onClose={close} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {Object.entries(places).map(([key, [, title]]) => (
          <div key={key}>
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{title}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>/</kbd>
          </dt>
          <dd>Search</dd>
        </div>
        <div>
          <dt>
            <kbd>j</kbd> <kbd>k</kbd>
          </dt>
          <dd>Row down, up</dd>
        </div>
        <div>
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>Open the row</dd>
        </div>
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>These keys</dd>
        </div>
      </dl>
      <form method="dialog" class="buttons">
        <button>Close</button>
      </form>
    </dialog>
  );
}

export function Shortcuts() {
  const [helping, set_helping] = useState(false);
  useEffect(() => {
    let going_until = 0;
    const press = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || is_typing(e.target) || document.querySelector("dialog[open]")) return;
      const going = e.timeStamp < going_until;
      going_until = 0;
      let used = true;
      if (going && places[e.key]) go(link([places[e.key]![0]]));
      else if (e.key === "g") going_until = e.timeStamp + second_key_ms;
      else if (e.key === "/") used = to_search();
      else if (e.key === "j") used = to_row(1);
      else if (e.key === "k") used = to_row(-1);
      else if (e.key === "?") set_helping(true);
      else used = false;
      if (used) e.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  return (
    <>
      <button type="button" class="quiet shortcuts" onClick={() => set_helping(true)}>
        <kbd>?</kbd> Keys
      </button>
      {helping && <Help close={() => set_helping(false)} />}
    </>
  );
}
