import { availableParallelism } from 'node:os';
import { capabilities } from '../capabilities.ts';
import { maxIoThreads } from '../shared-pool/board.ts';
import { defaultQuietMs } from '../shared-pool/io-thread-scaling.ts';
import { attachToSharedPool } from '../shared-pool/shared-pool.ts';
import type { DeliveryEvents, DeliveryHost, DeliveryOptions, DeliveryStrategy } from '../strategy.ts';
import { AdaptiveSender } from './adaptive-sender.ts';

/** One core is left to the program itself. */
function defaultMostIoThreads(): number {
  return Math.max(1, Math.min(maxIoThreads, availableParallelism() - 1));
}

/** The shared pool, whose I/O threads become more and fewer with the load. */
export const adaptive: DeliveryStrategy = {
  name: 'adaptive',
  capabilities: capabilities.adaptive,
  open,
  attach: async (handle) => new AdaptiveSender(attachToSharedPool(handle)),
};

async function open(options: DeliveryOptions, events?: DeliveryEvents): Promise<DeliveryHost> {
  const { openSharedPool } = await import('../shared-pool/shared-pool-host.ts');
  const ioThreads = { most: defaultMostIoThreads(), quietMs: defaultQuietMs };
  const pool = await openSharedPool({ ioThreads, ...options }, events);
  return {
    sender: new AdaptiveSender(pool.sender),
    get inFlight() {
      return pool.inFlight;
    },
    handle: () => pool.handle(),
    drain: () => pool.drain(),
    close: (timeoutMs) => pool.close(timeoutMs),
  };
}
