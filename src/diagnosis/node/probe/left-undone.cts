import type { UndoneKind } from '../protocol.ts';
import { purposeOfCallback } from './purpose.cjs';
import { emit, now } from './sink.cjs';
import { stackNumber } from './stack.cjs';

interface Found {
  readonly kind: UndoneKind;
  /** Of the function or the event. */
  readonly name: string;
  /** What is to send; null where it is known that it does. */
  readonly callback: object | null;
  readonly frames: readonly string[];
  /** Whether nothing more can be expected to come of it. */
  readonly isOneOff: boolean;
  /** When; now, where it is not said. */
  readonly at?: number;
  /** Where the callback does not say whether it is to send: asked when it is reported. */
  isToSend?(): boolean;
}

interface Item extends Found {
  readonly id: number;
  readonly at: number;
  isReported: boolean;
}

export interface Undone {
  readonly kind: UndoneKind;
  /** It was done after all. */
  done(): void;
}

/** What was left undone this long, in ms, is reported; it may be done later. */
const patienceMs = 400;
const itemsKept = 100;

const items = new Set<Item>();
let serial = 0;

/** Something that is to send was made, or called for, and has not been done so far. */
export function leftUndone(found: Found): Undone | null {
  if (items.size >= itemsKept) return null;
  const item = { at: now(), ...found, id: ++serial, isReported: false };
  items.add(item);
  return {
    kind: found.kind,
    done: () => {
      items.delete(item);
      if (item.isReported) emit({ e: 'done-after-all', id: item.id });
    },
  };
}

/** Asked at every beat. */
export function lookAtUndone(): void {
  const due = now() - patienceMs;
  for (const item of items) if (!item.isReported && item.at <= due) report(item);
}

/** Asked at the end of the thread. */
export function lookAtUndoneAtEnd(): void {
  for (const item of items) if (!item.isReported) report(item);
}

function report(item: Item): void {
  const { id, kind, name, callback, frames, isOneOff, at } = item;
  const leads = callback === null ? 'surely' : purposeOfCallback(callback, frames.at(-1)).leads;
  if ((leads !== 'surely' && leads !== 'likely') || item.isToSend?.() === false) {
    items.delete(item);
    return;
  }
  item.isReported = true;
  emit({ e: 'left-undone', t: at, id, kind, name, isOneOff, stack: stackNumber(frames) });
}
