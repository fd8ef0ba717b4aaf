import { loadStrategy } from '../delivery/index.ts';
import type { DeliveryHost, DeliveryOptions } from '../delivery/strategy.ts';
import { Tally } from '../delivery/tally.ts';
import { monotonicMs } from '../time/clock.ts';
import { settlesWithin } from '../time/long-timer.ts';
import { AlertWatch } from './alerts.ts';
import { checkOptions } from './check-options.ts';
import type { HandleValue, NotifierHandle } from './handle.ts';
import type { Notifier } from './notifier.ts';
import { registerNotifier } from './notifier-registry.ts';
import { openTelemetry, type Telemetry } from './open-telemetry.ts';
import type { CheckedOptions, NotifierOptions } from './options.ts';
import { renderMetrics } from './prometheus.ts';
import { type Counts, type NotifierStats, statsOf } from './stats.ts';
import { ThreadNotifier } from './thread-notifier.ts';

/**
 * Opens the notifier of a process, once, in its main thread; other threads attach to it with `attachNotifier`. It does
 * not keep the process running, and what was handed over when the process exits is still delivered.
 * @throws TypeError for an option that is wrong, or where the I/O thread's file is not found.
 */
export async function createNotifier(options: NotifierOptions): Promise<Notifier> {
  const checked = checkOptions(options);
  const tally = new Tally();
  const delivery: DeliveryOptions = { ...checked.delivery, tally: tally.shared };
  const strategy = await loadStrategy(checked.strategy);
  let notifier: OpenNotifier | null = null;
  const onIoThreadRestart = () => notifier?.ioThreadRestarted();
  const [host, telemetry] = await Promise.all([
    strategy.open(delivery, { onIoThreadRestart }),
    checked.openTelemetry ? openTelemetry() : null,
  ]);
  notifier = new OpenNotifier({ checked, delivery, tally, host, telemetry });
  return notifier;
}

/** Time, in ms, that closing has beyond the deadline of what was sent last. */
const graceMs = 500;

interface Parts {
  readonly checked: CheckedOptions;
  readonly delivery: DeliveryOptions;
  readonly tally: Tally;
  readonly host: DeliveryHost;
  readonly telemetry: Telemetry | null;
}

class OpenNotifier implements Notifier {
  readonly name: string;
  readonly send: Notifier['send'];
  readonly sendAll: Notifier['sendAll'];
  readonly #tally: Tally;
  readonly #host: DeliveryHost;
  readonly #deadlineMs: number;
  readonly #thread: ThreadNotifier;
  readonly #alerts: AlertWatch;
  readonly #identity: ConstructorParameters<typeof ThreadNotifier>[0]['identity'];
  /** What ends with it. */
  readonly #endings: readonly (() => void)[];
  #ioThreadRestarts = 0;
  #closing: Promise<void> | null = null;

  constructor({ checked, delivery, tally, host, telemetry }: Parts) {
    this.name = checked.name;
    this.#tally = tally;
    this.#host = host;
    this.#deadlineMs = delivery.deadlineMs;
    this.#identity = {
      timerNotify: 'notifier',
      name: checked.name,
      strategy: checked.strategy,
      needsChannel: delivery.target.kind === 'bot',
      openTelemetry: checked.openTelemetry,
    };
    this.#thread = new ThreadNotifier({ identity: this.#identity, sender: host.sender, tally, telemetry });
    this.send = (message) => this.#thread.send(message);
    this.sendAll = (messages) => this.#thread.sendAll(messages);
    this.#alerts = new AlertWatch(
      checked.name,
      { tally, inFlight: () => this.#counts().inFlight },
      checked.alerts,
    );
    this.#endings = [
      () => this.#alerts.stop(),
      registerNotifier(checked.name, () => this.handle()),
      telemetry?.observe(checked.name, () => this.stats()) ?? (() => {}),
    ];
  }

  handle(): NotifierHandle {
    const { value, transferList } = this.#host.handle();
    const own: HandleValue = { ...this.#identity, tally: this.#tally.shared, delivery: value };
    return { value: own, transferList };
  }

  stats(): NotifierStats {
    return statsOf(this.#counts());
  }

  metrics(): string {
    return renderMetrics(this.name, this.#counts());
  }

  async drain(): Promise<void> {
    await this.#host.drain();
    await this.#thread.settled();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #counts(): Counts {
    const tally = this.#tally.read();
    return { tally, inFlight: this.#host.inFlight, ioThreadRestarts: this.#ioThreadRestarts };
  }

  /** An I/O thread has ended unasked. */
  ioThreadRestarted(): void {
    this.#ioThreadRestarts += 1;
    this.#alerts.ioThreadRestarted();
  }

  async #close(): Promise<void> {
    const endAtMs = monotonicMs() + this.#deadlineMs + graceMs;
    const leftMs = () => Math.max(graceMs, endAtMs - monotonicMs());
    // From now on, whichever thread sends is refused.
    this.#tally.close();
    await settlesWithin(this.drain(), leftMs());
    await settlesWithin(this.#thread.close(), leftMs());
    for (const end of this.#endings) end();
    await this.#host.close(leftMs());
  }
}
