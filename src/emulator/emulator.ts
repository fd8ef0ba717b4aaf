import type { DeliveryPath } from '../model/names.ts';
import type { Fault } from './faults.ts';
import type { WorkspaceOptions } from './workspace.ts';

export interface SessionOptions extends WorkspaceOptions {
  readonly faults?: readonly Fault[];
  /** Decides which requests a fault strikes; the same seed strikes the same ones. */
  readonly seed?: number;
  /** Size of the response's body in bytes; small bodies hide an unread-body bug. */
  readonly replySizeBytes?: number;
  /** `ip` (default) addresses the emulator as 127.0.0.1, `name` as localhost, so that the client must resolve it. */
  readonly host?: 'ip' | 'name';
}

/** One message the emulator has received, recorded before it was answered. */
export interface Arrival {
  readonly id: string | null;
  readonly path: DeliveryPath | null;
  /** Name of the sending thread, from the message's metadata. */
  readonly thread: string | null;
  /** `monotonicMs` when the request had been read. */
  readonly atMs: number;
  /** Number of the connection, unique within one emulator. */
  readonly connection: number;
}

/** Counts since the session was opened. */
export interface SessionStats {
  /** Requests read to their end, whatever became of them. */
  readonly requests: number;
  readonly arrivals: number;
  /** Connections that carried at least one request. */
  readonly connections: number;
  /** Requests that still wait for their response, or for the rest of it. */
  readonly waiting: number;
  /** Those of `connections` that are still open. */
  readonly open: number;
  /** Slack's word for what was wrong with the last request that was refused; null where none was. Faults are no refusals. */
  readonly refused: string | null;
  /** Of the emulator's own loop, since its process started: two readings say how busy it was in between. */
  readonly loop: { readonly activeMs: number; readonly idleMs: number };
}

/** One trial's share of the emulator: a base URL of its own, its faults and its record. */
export interface Session {
  /** With a trailing slash, for `chat.postMessage` and the other methods. */
  readonly baseUrl: string;
  readonly webhookUrl: string;
  /** In the order of arrival; grows while the session is open. */
  readonly arrivals: readonly Arrival[];
  onArrival(listener: (arrival: Arrival) => void): void;
  /** By place in `arrivals`: `monotonicMs` when the response had been handed to the network whole; absent until then. */
  readonly answeredAtMs: ReadonlyMap<number, number>;
  /** Resolves when every arrival recorded so far is in `arrivals`. */
  flush(): Promise<void>;
  stats(): Promise<SessionStats>;
  /** Cuts what still waits for a response; what comes later gets 404. */
  close(): Promise<void>;
}

/** A local Slack-compatible API in a process of its own. */
export interface Emulator {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  open(options: SessionOptions): Promise<Session>;
  close(): Promise<void>;
}
