// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";
import { clock, exact_time, moment, relative } from "./format";
import { server_now } from "./state/clock";
import { Store, use_store } from "./state/store";

/** Times as people read them; the exact ones stand in their titles. */

/** Now, by the second, while somebody shows it. */
const ticking = new Store(Date.now());
let shown = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The server's time; draws the component again each second. */
export function use_now(): number {
  useEffect(() => {
    if (shown++ === 0) {
      ticking.set(Date.now());
      timer = setInterval(() => document.hidden || ticking.set(Date.now()), 1000);
    }
    return () => {
      if (--shown === 0) clearInterval(timer);
    };
  }, []);
  use_store(ticking);
  return server_now();
}

function Relative({ at }: { at: string }) {
  const now = use_now();
  return (
    <time dateTime={at} title={exact_time(at)}>
      {relative(at, now)}
    </time>
  );
}

/** "12 s ago", which goes on. */
export function Time({ at }: { at: string | null | undefined }) {
  return at ? <Relative at={at} /> : <span class="faint">–</span>;
}

/** "14:03:22.120", and how long ago that is. */
export function Moment({ at }: { at: string | null | undefined }) {
  return at ? (
    <>
      {moment(at, new Date(server_now()))}{" "}
      <small>
        <Relative at={at} />
      </small>
    </>
  ) : (
    <span class="faint">–</span>
  );
}

/** "14:03:22" */
export function Clock({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exact_time(at)}>
      {clock(new Date(at))}
    </time>
  );
}
