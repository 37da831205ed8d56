// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";

/** A value that parts of the page watch. */
export class Store<T> {
  private readonly watchers = new Set<() => void>();

  constructor(private value_: T) {}

  get value(): T {
    return this.value_;
  }

  set(value: T): void {
    this.value_ = value;
    for (const x of [...this.watchers]) x();
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Calls at once, too, if the value is not the one that the watcher has seen. */
  watch_from(seen: T, watcher: () => void): () => void {
    const stop = this.watch(watcher);
    if (this.value_ !== seen) watcher();
    return stop;
  }

  /** Waits until the value is as wanted. */
  until(wanted: (x: T) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!wanted(this.value_)) return;
        stop();
        resolve();
      };
      const stop = this.watch(look);
      look();
    });
  }
}

/** The value of a store; draws the component again when it changes. */
export function use_store<T>(store: Store<T>): T {
  const [, draw] = useState(0);
  const drawn = useRef(store.value);
  drawn.current = store.value;
  // Effects run later than what was drawn: what changed in between must not be missed.
  useEffect(() => store.watch_from(drawn.current, () => draw((x) => x + 1)), [store]);
  return store.value;
}
