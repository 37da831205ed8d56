// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";
import { refused } from "./api";
import type { JobEvent } from "./types";

/** The streams of server-sent events that the page listens to. */

export interface Listener {
  events: Record<string, (data: string) => void>;
  opened?: () => void;
  failed?: () => void;
}

// A browser gives one site six connections; pages that nobody looks at leave theirs to others.
const hidden_ms = 15_000;

/**
 * Listens until the returned function is called; comes back by itself when the connection breaks,
 * and while the page is hidden it does not listen.
 */
export function listen(path: () => string, listener: Listener): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let hide: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const stop = () => {
    source?.close();
    source = null;
    clearTimeout(retry);
  };
  const start = () => {
    if (closed || source) return;
    source = new EventSource(path());
    source.onopen = () => listener.opened?.();
    source.onerror = () => {
      listener.failed?.();
      // Browsers come back after a broken connection, but not after a refusal.
      if (source?.readyState === EventSource.CLOSED) {
        stop();
        refused.set(refused.value + 1);
        retry = setTimeout(start, 1500);
      }
    };
    for (const [name, take] of Object.entries(listener.events))
      source.addEventListener(name, (x) => take((x as MessageEvent<string>).data));
  };
  const look = () => {
    clearTimeout(hide);
    if (document.hidden) hide = setTimeout(stop, hidden_ms);
    else start();
  };
  document.addEventListener("visibilitychange", look);
  start();
  look();
  return () => {
    closed = true;
    clearTimeout(hide);
    document.removeEventListener("visibilitychange", look);
    stop();
  };
}

/** Calls `take` with what happened to jobs, many at a time; `missed` when some were not seen. */
export function use_job_events(
  take: (events: JobEvent[]) => void,
  missed: () => void,
  only?: string,
): void {
  useEffect(() => {
    let waiting: JobEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      const events = waiting;
      waiting = [];
      take(events);
    };
    const stop = listen(() => (only ? `/v1/events?job=${encodeURIComponent(only)}` : "/v1/events"), {
      // What happened since the page asked for its list, and after the page closed the stream itself,
      // is told by nobody.
      opened: missed,
      events: {
        job: (data) => {
          waiting.push(JSON.parse(data) as JobEvent);
          timer ??= setTimeout(flush, 100);
        },
        missed,
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [take, missed, only]);
}
