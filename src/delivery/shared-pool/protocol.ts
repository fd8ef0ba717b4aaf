import type { HandleValue } from '../handle.ts';
import type { SharedJournal } from '../journal/shared-journal.ts';
import type { DeliveryOptions } from '../strategy.ts';

/** A segment of a link's log. */
export interface SharedSegment {
  readonly number: number;
  readonly shared: SharedArrayBuffer;
}

/** One sender's way to one I/O thread: all of it is shared memory. */
export interface SharedLink {
  /** Unique within the pool. */
  readonly number: number;
  /** The I/O thread that reads it. */
  readonly thread: number;
  readonly control: SharedArrayBuffer;
  readonly segments: readonly SharedSegment[];
}

/** What all I/O threads and main hear on the pool's channel. */
export type Announcement =
  | { readonly kind: 'link'; readonly link: SharedLink }
  | {
      readonly kind: 'segments';
      readonly link: number;
      readonly thread: number;
      readonly added: SharedSegment | null;
      readonly dropped: readonly number[];
    };

/** What an I/O thread is started with. */
export interface IoThreadData {
  readonly thread: number;
  readonly options: DeliveryOptions;
  readonly board: SharedArrayBuffer;
  readonly channel: string;
  /** What it has taken and not ended: `InProgress`, which outlives it. */
  readonly inProgress: SharedArrayBuffer;
  readonly journal: SharedJournal | null;
  /** `SharedHolds` of all I/O threads. */
  readonly holds: SharedArrayBuffer;
  /** Links whose I/O thread has died. */
  readonly links: readonly SharedLink[];
}

/** What main sends an I/O thread: what was announced, in case the thread was not there yet, or to drain and end. */
export type MainToIo = Announcement | { readonly kind: 'close' };

/** What an I/O thread sends main. */
export type IoToMain =
  | { readonly kind: 'ready' }
  /** Nobody will use this link any more. */
  | { readonly kind: 'unlinked'; readonly link: number };

/** Plain data and shared memory, so that one handle serves any number of threads. */
export interface SharedPoolHandle extends HandleValue {
  readonly writtenBy: 'shared-pool';
  readonly options: DeliveryOptions;
  readonly board: SharedArrayBuffer;
  /** Name of the pool's `BroadcastChannel`. */
  readonly channel: string;
  readonly journal: SharedJournal | null;
}

export function isSharedPoolHandle(value: HandleValue): value is SharedPoolHandle {
  return value.writtenBy === 'shared-pool';
}
