// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";

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
}

/** The value of a store; draws the component again when it changes. */
export function use_store<T>(store: Store<T>): T {
  const [, draw] = useState(0);
  useEffect(() => store.watch(() => draw((x) => x + 1)), [store]);
  return store.value;
}
