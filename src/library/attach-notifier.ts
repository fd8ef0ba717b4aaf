import { loadStrategy } from '../delivery/index.ts';
import { withCode } from '../delivery/notifier-error.ts';
import { Tally } from '../delivery/tally.ts';
import { isHandleValue, type NotifierHandleValue } from './handle.ts';
import type { AttachedNotifier } from './notifier.ts';
import { findNotifier } from './notifier-registry.ts';
import { openTelemetry } from './open-telemetry.ts';
import { ThreadNotifier } from './thread-notifier.ts';

/**
 * Makes this thread a sender of a notifier that another thread has created: in a worker, a nested worker, a Piscina task
 * or any other. Attach once per thread, not once per message.
 * @param from The `value` of a handle, which serves one call; or the notifier’s name (default: `default`), which asks
 *   the thread that created it and waits up to 10 s for its answer.
 * @throws TypeError when `from` is neither (`invalid-handle`), Error when no notifier of that name is open (`cannot-attach`).
 */
export async function attachNotifier(
  from: NotifierHandleValue | string = 'default',
): Promise<AttachedNotifier> {
  const value = typeof from === 'string' ? await findNotifier(from) : from;
  if (!isHandleValue(value)) {
    throw withCode(
      'invalid-handle',
      new TypeError('attachNotifier takes the value of what handle() returned, or the name of a notifier'),
    );
  }
  const { tally, delivery, ...identity } = value;
  const strategy = await loadStrategy(identity.strategy);
  return new ThreadNotifier({
    identity,
    sender: await strategy.attach(delivery),
    tally: new Tally(tally),
    telemetry: identity.openTelemetry ? await openTelemetry() : null,
  });
}
