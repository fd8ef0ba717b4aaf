import type { SendOutcome } from '../delivery/outcome.ts';
import { type DeliveryPath, deliveryPaths } from '../model/names.ts';
import type { LoadEvent } from './load/load-event.ts';
import { timerIdOf } from './trial.ts';
import type { TrialEvent } from './trial-event.ts';

/** What a thread did, and when; null where a load does not say which thread it was. */
export interface Moment {
  readonly atMs: number;
  readonly thread: string | null;
}

export interface ReportedOutcome {
  readonly atMs: number;
  /** Null for a delivery of which a load keeps no more. */
  readonly outcome: SendOutcome | null;
}

/** What the trial's process wrote of one notification. */
export interface NotificationRecord {
  /** When its timer was set. */
  readonly setAtMs: number | null;
  /** When it was due, where the sender says so: in a closed loop the one before it decides. */
  readonly dueAtMs: number | null;
  readonly expired: Moment | null;
  readonly called: Moment | null;
  /** What the sender learned. */
  readonly senderOutcome: ReportedOutcome | null;
  /** What was learned last, by the sender or by the thread that made the request. */
  readonly lastOutcome: ReportedOutcome | null;
}

type Usage = Extract<LoadEvent, { kind: 'usage' }>;
type Mutable<Each> = { -readonly [Key in keyof Each]: Each[Key] };

/** What happened around the notifications: to threads, to event loops and in the program's code. */
export type ProgramEvent = Extract<
  TrialEvent,
  {
    kind:
      | 'note'
      | 'subscriber-error'
      | 'handler-requested'
      | 'handler-returned'
      | 'handler-threw'
      | 'sender-ended';
  }
>;

const nothing: NotificationRecord = {
  setAtMs: null,
  dueAtMs: null,
  expired: null,
  called: null,
  senderOutcome: null,
  lastOutcome: null,
};

export interface RecordOptions {
  /** Of which a load sends; the events of single timers name it themselves. */
  readonly path?: DeliveryPath;
  readonly timerName?: string;
}

/** Everything that a trial's process wrote, joined: by notification, and what happened around them. */
export class TrialRecord {
  readonly notifications = new Map<string, NotificationRecord>();
  readonly events: ProgramEvent[] = [];
  readonly usages: Usage[] = [];
  /** When the first timer is due; null until the timers run. */
  startAtMs: number | null = null;
  /** How many timers a closed loop has had; null until it has ended. */
  started: number | null = null;
  readonly #options: RecordOptions;

  constructor(options: RecordOptions = {}) {
    this.#options = options;
  }

  /** Returns the notifications of which an outcome is known now. */
  add(event: TrialEvent | LoadEvent): readonly string[] {
    switch (event.kind) {
      case 'timer-set':
        for (const path of deliveryPaths) this.#of(`${event.id}:${path}`).setAtMs = event.atMs;
        return [];
      case 'timers-started':
        this.startAtMs = event.dueAtMs;
        return [];
      case 'load-started':
        this.startAtMs = event.startAtMs;
        return [];
      case 'load-ended':
        this.started = event.started;
        return [];
      case 'expired':
        this.#of(`${event.id}:expiry`).expired = { atMs: event.atMs, thread: event.thread };
        return [];
      case 'calling':
        this.#of(event.id).called = { atMs: event.atMs, thread: event.thread };
        return [];
      case 'calls':
        for (const [index, dueAtMs, atMs] of event.rows) {
          Object.assign(this.#of(this.#idOf(index)), { dueAtMs, called: { atMs, thread: null } });
        }
        return [];
      case 'outcome':
        this.#of(event.id).senderOutcome = event;
        this.#of(event.id).lastOutcome = event;
        return [event.id];
      case 'settled':
        this.#of(event.id).lastOutcome = event;
        return [event.id];
      case 'outcomes':
        return event.rows.map(([index, atMs, outcome]) => {
          const reported = { atMs, outcome };
          Object.assign(this.#of(this.#idOf(index)), { senderOutcome: reported, lastOutcome: reported });
          return this.#idOf(index);
        });
      case 'usage':
        this.usages.push(event);
        return [];
      case 'note':
      case 'subscriber-error':
      case 'handler-requested':
      case 'handler-returned':
      case 'handler-threw':
      case 'sender-ended':
        this.events.push(event);
        return [];
      case 'closed':
        return [];
    }
  }

  of(id: string): NotificationRecord {
    return this.notifications.get(id) ?? nothing;
  }

  /** Whether a call was made at all. */
  get called(): boolean {
    for (const { called } of this.notifications.values()) if (called !== null) return true;
    return false;
  }

  /** When the last call of all was made. */
  get lastCallAtMs(): number {
    let last = Number.NEGATIVE_INFINITY;
    for (const { called } of this.notifications.values()) last = Math.max(last, called?.atMs ?? last);
    return last;
  }

  #idOf(index: number): string {
    return `${timerIdOf(this.#options, index)}:${this.#options.path ?? 'expiry'}`;
  }

  #of(id: string): Mutable<NotificationRecord> {
    const known = this.notifications.get(id);
    if (known !== undefined) return known;
    const made = { ...nothing };
    this.notifications.set(id, made);
    return made;
  }
}
