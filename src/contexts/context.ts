import type { ContextName } from '../model/names.ts';
import type { CallSignals } from './signals.ts';

/** Where the sending thread lives. */
export type Place = 'main' | 'worker' | 'nested-worker' | 'child-process' | RealHost;

/** A scheduler or pool that people run, through its own library. */
export type RealHost = 'piscina' | 'bree' | 'bullmq';

/** What happens to an event loop, a thread or the process, written the moment before it happens. */
export interface ContextNote {
  readonly kind: 'note';
  readonly note:
    | 'parked'
    | 'blocked'
    | 'unblocked'
    | 'exiting'
    | 'terminating'
    | 'unreferenced'
    | 'process-exiting'
    | 'starved';
  readonly thread: string;
  /** Its line in a timeline. */
  readonly text: string;
}

export type Log<Event> = (event: Event) => void;

/** The thread that sends, as its context acts on it. */
export interface SendingThread {
  readonly name: string;
  readonly signals: CallSignals;
  readonly log: Log<ContextNote>;
  /** The longest time, in ms, for which a loop is kept from running: longer than anyone waits for it. */
  readonly standstillMs: number;
}

/** The main thread, as a context acts on it. */
export interface MainThread {
  readonly signals: CallSignals;
  readonly log: Log<ContextNote>;
  /** How long, in ms, main blocks: a little longer than the patience. */
  readonly blockMs: number;
  terminateSender(): void;
  unreferenceSender(): void;
}

/** Where the sender runs and what its loop does once the handler has returned. */
export interface ThreadContext {
  readonly name: ContextName;
  readonly summary: string;
  readonly place: Place;
  /** True when the sender's heartbeat parks between ticks instead of letting its loop run. */
  readonly parks?: boolean;
  /** True when the sender's loop stops, or its thread ends, at its first call: nothing that is due later is ever sent. */
  readonly callsOnce?: boolean;
  /** True when a notification may wait here until the patience is over: such trials start first. */
  readonly mayHang?: boolean;
  /** True when the host is given by name, so that the client must resolve it. */
  readonly resolvesHost?: boolean;
  /** On main, before the timers are set. */
  readonly prepare?: (main: MainThread) => void;
  /** On main, when the sender is about to make its call; the sender waits for `signals.release`. */
  readonly onMain?: (main: MainThread) => void;
  /** In the sending thread, before its loop runs on after the call. */
  readonly afterCalls?: (thread: SendingThread) => void;
  /** In the sending thread, when its handler has settled. */
  readonly afterHandlers?: (thread: SendingThread) => void;
}
