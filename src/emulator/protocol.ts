import type { DeliveryPath } from '../model/names.ts';
import type { SessionOptions, SessionStats } from './emulator.ts';

/** From the parent to the emulator's process. Each has a reply with the same `call`. */
export type ToEmulator =
  | {
      readonly kind: 'open';
      readonly call: number;
      readonly session: number;
      readonly options: SessionOptions;
    }
  | { readonly kind: 'flush' | 'close'; readonly call: number; readonly session: number };

/** From the emulator's process. Arrivals recorded before a reply are sent before it. */
export type FromEmulator =
  | { readonly kind: 'listening'; readonly port: number; readonly refusingPort: number }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'arrivals'; readonly session: number; readonly rows: readonly ArrivalRow[] }
  | { readonly kind: 'answered'; readonly session: number; readonly rows: readonly AnsweredRow[] }
  | { readonly kind: 'reply'; readonly call: number; readonly stats: SessionStats };

/** Which arrival was answered, by its place in the record, and when. */
export type AnsweredRow = readonly [place: number, atMs: number];

/** An arrival without its field names, for there may be 20,000 a second: id, path, thread, atMs, connection. */
export type ArrivalRow = readonly [
  id: string | null,
  path: DeliveryPath | null,
  thread: string | null,
  atMs: number,
  connection: number,
];
