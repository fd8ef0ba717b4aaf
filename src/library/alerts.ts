import { between, latencyAt, type Tally, type TallyReading } from '../delivery/tally.ts';
import { monotonicMs } from '../time/clock.ts';
import { showMs } from '../time/show-ms.ts';
import { Alarm, above, below } from './alarm.ts';
import type { AlertOptions } from './alert-options.ts';
import { type AlertEvent, type AlertKind, alertEvents } from './events.ts';
import { completionRate } from './stats.ts';

/** How often figures are looked at, in ms, unless the window is so short that it must be oftener. */
const everyMs = 1000;

interface Figures {
  readonly completion: number | null;
  readonly p99Ms: number | null;
  readonly queue: number;
  readonly restarts: number;
}

interface Watched {
  readonly kind: AlertKind;
  readonly bound: number;
  readonly alarm: Alarm;
  readonly read: (figures: Figures) => number | null;
  readonly say: (actual: number) => string;
}

interface Taken {
  readonly atMs: number;
  readonly reading: TallyReading;
}

export interface Watching {
  readonly tally: Tally;
  readonly inFlight: () => number;
}

/** Looks at the counts of one notifier at intervals and publishes what crosses a bound. */
export class AlertWatch {
  readonly #notifier: string;
  readonly #tally: Tally;
  readonly #inFlight: () => number;
  readonly #windowMs: number;
  readonly #minimumCount: number;
  readonly #watched: readonly Watched[];
  readonly #timer: NodeJS.Timeout | null;
  #taken: readonly Taken[];
  #restartsAtMs: readonly number[] = [];

  constructor(notifier: string, { tally, inFlight }: Watching, options: AlertOptions) {
    this.#notifier = notifier;
    this.#tally = tally;
    this.#inFlight = inFlight;
    this.#windowMs = options.windowMs ?? 60_000;
    this.#minimumCount = options.minimumCount ?? 20;
    this.#watched = watchedOf(options);
    this.#taken = [{ atMs: monotonicMs(), reading: tally.read() }];
    this.#timer =
      this.#watched.length === 0
        ? null
        : setInterval(() => this.look(), Math.min(everyMs, this.#windowMs / 10)).unref();
  }

  ioThreadRestarted(): void {
    this.#restartsAtMs = [...this.#restartsAtMs, monotonicMs()];
    this.look();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  look(): void {
    const figures = this.#figures(monotonicMs());
    for (const { kind, bound, alarm, read, say } of this.#watched) {
      const actual = read(figures);
      const state = alarm.update(actual);
      if (state === null || actual === null) continue;
      const event: AlertEvent = {
        notifier: this.#notifier,
        kind,
        state,
        bound,
        actual,
        message: `${this.#notifier}: ${state === 'raised' ? '' : 'recovered, '}${say(actual)}`,
      };
      alertEvents.publish(event);
    }
  }

  #figures(now: number): Figures {
    const reading = this.#tally.read();
    const since = now - this.#windowMs;
    this.#restartsAtMs = this.#restartsAtMs.filter((atMs) => atMs > since);
    const start = this.#taken.findLast(({ atMs }) => atMs <= since) ?? this.#taken[0];
    this.#taken = [
      ...this.#taken.filter((taken) => taken === start || taken.atMs > since),
      { atMs: now, reading },
    ];
    const recent = start === undefined ? reading : between(start.reading, reading);
    const enough = recent.delivered + recent.failed + recent.timedOut >= this.#minimumCount;
    return {
      completion: enough ? completionRate(recent) : null,
      p99Ms: enough ? latencyAt(recent, 0.99) : null,
      queue: this.#inFlight(),
      restarts: this.#restartsAtMs.length,
    };
  }
}

function watchedOf(options: AlertOptions): readonly Watched[] {
  const { completionBelow, p99AboveMs, queueAbove, ioThreadRestarted = true } = options;
  return [
    ...(completionBelow === undefined ? [] : [completionAlert(completionBelow)]),
    ...(p99AboveMs === undefined ? [] : [p99Alert(p99AboveMs)]),
    ...(queueAbove === undefined ? [] : [queueAlert(queueAbove)]),
    ...(ioThreadRestarted ? [restartAlert()] : []),
  ];
}

function completionAlert(bound: number): Watched {
  return {
    kind: 'completion-below',
    bound,
    alarm: new Alarm(below(bound)),
    read: ({ completion }) => completion,
    say: (actual) => `${percent(actual)} were delivered; the bound is ${percent(bound)}`,
  };
}

function p99Alert(bound: number): Watched {
  return {
    kind: 'p99-above',
    bound,
    alarm: new Alarm(above(bound)),
    read: ({ p99Ms }) => p99Ms,
    say: (actual) => `99 % were delivered within ${showMs(actual)}; the bound is ${showMs(bound)}`,
  };
}

function queueAlert(bound: number): Watched {
  return {
    kind: 'queue-above',
    bound,
    alarm: new Alarm(above(bound)),
    read: ({ queue }) => queue,
    say: (actual) => `${actual} notifications are in flight; the bound is ${bound}`,
  };
}

function restartAlert(): Watched {
  return {
    kind: 'io-thread-restarted',
    bound: 0,
    alarm: new Alarm(above(0)),
    read: ({ restarts }) => restarts,
    say: (actual) => `the I/O thread was started again ${actual} times in the window`,
  };
}

function percent(share: number): string {
  return `${Math.floor(share * 10_000) / 100} %`;
}
