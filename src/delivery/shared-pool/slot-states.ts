const queued = 0;
const sending = 1;
const ended = 2;

/**
 * How far each of one sender's notifications has come, by slot. Shared memory: it survives the I/O thread, so that a
 * sender knows which ones may have been posted and which ones can safely be handed over again.
 */
export class SlotStates {
  readonly shared: SharedArrayBuffer;
  readonly #states: Uint8Array;

  constructor(source: number | SharedArrayBuffer) {
    this.shared = typeof source === 'number' ? new SharedArrayBuffer(source) : source;
    this.#states = new Uint8Array(this.shared);
  }

  queue(slot: number): void {
    Atomics.store(this.#states, slot, queued);
  }

  startSending(slot: number): void {
    Atomics.store(this.#states, slot, sending);
  }

  end(slot: number): void {
    Atomics.store(this.#states, slot, ended);
  }

  isQueued(slot: number): boolean {
    return Atomics.load(this.#states, slot) === queued;
  }

  hasEnded(slot: number): boolean {
    return Atomics.load(this.#states, slot) === ended;
  }
}
