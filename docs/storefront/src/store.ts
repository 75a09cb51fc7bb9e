// A value that components use, and that is kept in the browser if it has a key. Tabs share kept values.
import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  #value: T;
  #watchers = new Set<() => void>();

  constructor(
    first: T,
    readonly key?: string,
  ) {
    this.#value = first;
    if (!key) return;
    this.#value = this.#read(first);
    addEventListener("storage", (event) => {
      if (event.key !== key && event.key !== null) return;
      this.#value = this.#read(first);
      this.#tell();
    });
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    if (this.key) localStorage.setItem(this.key, JSON.stringify(value));
    this.#tell();
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  use(): T {
    const [, draw] = useState(0);
    useEffect(() => this.watch(() => draw((times) => times + 1)), [this]);
    return this.#value;
  }

  /** The value as another tab may have left it a moment ago. */
  latest(): T {
    if (this.key) this.#value = this.#read(this.#value);
    return this.#value;
  }

  #read(otherwise: T): T {
    const kept = localStorage.getItem(this.key ?? "");
    if (kept === null) return otherwise;
    try {
      return JSON.parse(kept) as T;
    } catch {
      return otherwise;
    }
  }

  #tell(): void {
    for (const changed of this.#watchers) changed();
  }
}
