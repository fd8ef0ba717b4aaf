import type { HandleValue } from '../delivery/handle.ts';
import type { Sender } from '../delivery/strategy.ts';
import { threadName } from '../delivery/thread-name.ts';
import type { Timer } from '../pipeline/timer.ts';
import { expiryHandler, loggedSend } from './expiry-handler.ts';
import { strategyOf } from './strategy-of.ts';
import type { TrialSpec } from './trial.ts';

/** An expired timer as a thread of a real host gets it. */
export interface HostedExpiry {
  readonly spec: TrialSpec;
  readonly handle: HandleValue;
  readonly timer: Timer;
  readonly lateByMs: number;
}

let sender: Promise<Sender> | null = null;
const thread = threadName();

/** Loads what sending needs, the user's own code as well: a thread's own start is not what a trial measures. */
export async function prepareHosted(spec: TrialSpec): Promise<void> {
  const strategy = await strategyOf(spec);
  if (spec.handler === undefined) return;
  sender ??= strategy.attach({ writtenBy: 'handler' });
  // Whoever sends with it is told.
  await sender.catch(() => {});
}

/** What the heartbeat does with an expired timer, in a thread of a real host, which becomes a sender with its first. */
export async function expireHosted({ spec, handle, timer, lateByMs }: HostedExpiry): Promise<void> {
  const strategy = await strategyOf(spec);
  sender ??= strategy.attach(handle);
  await expiryHandler(loggedSend(await sender, strategy.capabilities.awaited, thread))({
    timer,
    thread,
    lateByMs,
  });
}
