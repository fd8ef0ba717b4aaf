import type { Sender } from '../delivery/strategy.ts';
import { threadName } from '../delivery/thread-name.ts';
import type { Timer } from '../pipeline/timer.ts';
import { logEvent } from './event-log.ts';
import { expiryHandler, loggedSend } from './expiry-handler.ts';
import { strategyOf } from './strategy-of.ts';
import type { TrialSpec } from './trial.ts';

export interface PiscinaTask {
  readonly spec: TrialSpec;
  readonly handle: unknown;
  readonly timer: Timer;
  readonly lateByMs: number;
}

let sender: Promise<Sender> | null = null;
const thread = threadName();
const wait = Atomics.wait;

// Parking is Piscina's own doing; it is only written down here, before it happens.
Atomics.wait = ((array: Int32Array, index: number, value: number, timeout?: number) => {
  logEvent({ kind: 'parked', thread });
  return wait(array, index, value, timeout);
}) as typeof Atomics.wait;

/** The task: what the mission's heartbeat does with an expired timer, in a thread of the pool. */
export default async function expire({ spec, handle, timer, lateByMs }: PiscinaTask): Promise<void> {
  const strategy = await strategyOf(spec);
  sender ??= strategy.attach(handle);
  await expiryHandler(loggedSend(await sender, strategy.awaited, thread))({ timer, thread, lateByMs });
}
