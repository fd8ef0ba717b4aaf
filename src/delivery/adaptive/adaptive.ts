import { sharedPool } from '../shared-pool/shared-pool.ts';
import type { DeliveryStrategy } from '../strategy.ts';
import { AdaptiveSender } from './adaptive-sender.ts';

/** Reads the sender's context at each send and picks the strategy that survives it. */
export const adaptive: DeliveryStrategy = {
  name: 'adaptive',
  awaited: true,
  open: async (options) => {
    const [{ LocalSender }, { AdaptiveHost }] = await Promise.all([
      import('../local-sender.ts'),
      import('./adaptive-host.ts'),
    ]);
    return new AdaptiveHost(
      new LocalSender(options),
      await sharedPool.open(options),
      options.durable !== undefined,
    );
  },
  // From every other thread the request goes to the I/O thread.
  attach: async (handle) => new AdaptiveSender(await sharedPool.attach(handle)),
};
