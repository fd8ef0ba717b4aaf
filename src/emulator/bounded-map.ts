export interface Bounds {
  readonly entries: number;
  /** Characters of JSON. */
  readonly length: number;
}

const defaults: Bounds = { entries: 10_000, length: 32 * 1024 * 1024 };

/** What bots leave in a workspace: a server that runs for days takes no more of it than this. */
export class BoundedMap<Value> {
  readonly #most: Bounds;
  readonly #entries = new Map<string, { readonly value: Value; readonly length: number }>();
  #length = 0;

  constructor(most = defaults) {
    this.#most = most;
  }

  /** False where it is full; a value in place of another one takes that one's room. */
  set(key: string, value: Value): boolean {
    const before = this.#entries.get(key);
    const length = key.length + (JSON.stringify(value)?.length ?? 0);
    const total = this.#length - (before?.length ?? 0) + length;
    if (total > this.#most.length) return false;
    if (before === undefined && this.#entries.size >= this.#most.entries) return false;
    this.#entries.set(key, { value, length });
    this.#length = total;
    return true;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  delete(key: string): boolean {
    this.#length -= this.#entries.get(key)?.length ?? 0;
    return this.#entries.delete(key);
  }

  values(): readonly Value[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }
}

/** Leaves the newest entries of a map or set; to be called before one is added. */
export function forgetOldest(
  kept: { readonly size: number; keys(): Iterable<string>; delete(key: string): boolean },
  most: number,
): void {
  for (const key of kept.keys()) {
    if (kept.size < most) return;
    kept.delete(key);
  }
}
