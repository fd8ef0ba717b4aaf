import { availableParallelism } from 'node:os';
import { maxIoThreads } from '../shared-pool/board.ts';
import { defaultQuietMs } from '../shared-pool/io-thread-scaling.ts';
import { attachToSharedPool } from '../shared-pool/shared-pool.ts';
import type { DeliveryStrategy } from '../strategy.ts';
import { AdaptiveSender } from './adaptive-sender.ts';

/** One core is left to the program itself. */
function defaultMostIoThreads(): number {
  return Math.max(1, Math.min(maxIoThreads, availableParallelism() - 1));
}

/** Reads the sender's context at each send and picks the strategy that survives it. */
export const adaptive: DeliveryStrategy = {
  name: 'adaptive',
  awaited: true,
  open: async (options) => {
    const [{ LocalSender }, { openSharedPool }, { AdaptiveHost }] = await Promise.all([
      import('../local-sender.ts'),
      import('../shared-pool/shared-pool-host.ts'),
      import('./adaptive-host.ts'),
    ]);
    const ioThreads = { most: defaultMostIoThreads(), quietMs: defaultQuietMs };
    const scaling = { ioThreads, ...options };
    return new AdaptiveHost(new LocalSender(options), await openSharedPool(scaling), options);
  },
  // From every other thread the request goes to the I/O thread.
  attach: async (handle) => new AdaptiveSender(attachToSharedPool(handle)),
};
