// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";

// Long enough to type on, short enough to seem immediate.
const pause_ms = 400;

/**
 * A field whose text is taken when its reader pauses (`change`), or presses Enter (`enter`, else
 * `change`). It follows `value` when that is changed from elsewhere.
 */
export function Typed({
  label,
  placeholder,
  icon,
  value,
  change,
  enter,
  search,
  list,
}: {
  label: string;
  placeholder: string;
  icon: IconName;
  value: string;
  change: (x: string) => void;
  enter?: (x: string) => void;
  search?: boolean; // the key / leads here
  list?: string;
}) {
  const [text, set_text] = useState(value);
  const taken = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (value === taken.current) return;
    clearTimeout(timer.current);
    taken.current = value;
    set_text(value);
  }, [value]);

  const take = (x: string, how: (x: string) => void) => {
    clearTimeout(timer.current);
    taken.current = x;
    how(x);
  };
  const type = (x: string) => {
    set_text(x);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => x.trim() !== value && take(x.trim(), change), pause_ms);
  };
  return (
    <form
      role="search"
      class="search"
      aria-label={label}
      onSubmit={(e) => {
        e.preventDefault();
        take(text.trim(), enter ?? change);
      }}
    >
      <Icon name={icon} />
      <input type="search" data-search={search} aria-label={label} placeholder={placeholder} list={list} spellcheck={false} value={text} onInput={(e) => type(e.currentTarget.value)} />
    </form>
  );
}
