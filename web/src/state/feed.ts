// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";
import { door } from "../api";
import { retry_delay } from "../patience";
import type { JobEvent } from "../types";

/** The streams of server-sent events that the page listens to. */

export interface Listener {
  events: Record<string, (data: string, id: string) => void>;
  opened?: () => void;
  failed?: () => void;
  /** After the event "reset": finds out where to go on. The feed starts anew when that is known. */
  reset?: () => Promise<void>;
  /** A feed that says nothing for so long is broken, even if its connection is not. */
  silent_ms?: number;
}

// A browser gives one site six connections; pages that nobody looks at leave theirs to others.
const hidden_ms = 15_000;

// A feed that was open for so long was well: what happens to it then is the first failure again.
const well_ms = 10_000;

type Timer = ReturnType<typeof setTimeout> | undefined;

/** One feed. Browsers come back all at once and to the old place, so that it does so itself. */
class Feed {
  private source: EventSource | null = null;
  private timers: { retry?: Timer; hide?: Timer; silence?: Timer } = {};
  private failures = 0;
  private opened_at = 0;
  private refused = false;
  private closed = false;
  private starting = false;

  constructor(
    private readonly path: () => string,
    private readonly listener: Listener,
  ) {
    document.addEventListener("visibilitychange", this.look);
    this.look();
    void this.start();
  }

  readonly close = (): void => {
    this.closed = true;
    clearTimeout(this.timers.hide);
    document.removeEventListener("visibilitychange", this.look);
    this.stop();
  };

  private stop(): void {
    this.source?.close();
    this.source = null;
    clearTimeout(this.timers.retry);
    clearTimeout(this.timers.silence);
  }

  private readonly look = (): void => {
    clearTimeout(this.timers.hide);
    if (document.hidden) this.timers.hide = setTimeout(() => this.stop(), hidden_ms);
    else if (!this.source) void this.start();
  };

  private async start(): Promise<void> {
    if (this.starting) return;
    this.starting = true;
    clearTimeout(this.timers.retry);
    // Browsers do not say why a stream was refused: perhaps its token has ended.
    await (this.refused ? door.keeper?.knock() : door.keeper?.admitted());
    this.starting = false;
    this.refused = false;
    if (!this.closed && !this.source) this.connect();
  }

  private connect(): void {
    const source = new EventSource(this.path());
    this.source = source;
    this.opened_at = 0;
    source.onopen = () => {
      this.opened_at = Date.now();
      this.heard();
      this.listener.opened?.();
    };
    source.onerror = () => {
      this.refused = source.readyState === EventSource.CLOSED;
      this.break();
    };
    source.addEventListener("reset", () => void this.begin_anew());
    for (const [name, take] of Object.entries(this.listener.events))
      source.addEventListener(name, (x) => {
        this.heard();
        take((x as MessageEvent<string>).data, (x as MessageEvent<string>).lastEventId);
      });
  }

  private heard(): void {
    if (!this.listener.silent_ms) return;
    clearTimeout(this.timers.silence);
    this.timers.silence = setTimeout(() => this.break(), this.listener.silent_ms);
  }

  private break(): void {
    this.stop();
    this.listener.failed?.();
    this.retry();
  }

  private retry(): void {
    if (this.closed) return;
    if (this.opened_at > 0 && Date.now() - this.opened_at > well_ms) this.failures = 0;
    this.timers.retry = setTimeout(() => void this.start(), retry_delay(this.failures++));
  }

  /** The server has forgotten what came after the place where this feed began. */
  private async begin_anew(): Promise<void> {
    this.stop();
    await this.listener.reset?.().catch(() => {});
    this.retry();
  }
}

/**
 * Listens until the returned function is called; comes back by itself when the connection breaks,
 * and while the page is hidden it does not listen. `path` is asked each time.
 */
export function listen(path: () => string, listener: Listener): () => void {
  return new Feed(path, listener).close;
}

/** Calls `take` with what happened to jobs, many at a time; `missed` when some were not seen. */
export function use_job_events(
  take: (events: JobEvent[]) => void,
  missed: () => void,
  only?: string,
): void {
  useEffect(() => {
    let waiting: JobEvent[] = [];
    let timer: Timer;
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
