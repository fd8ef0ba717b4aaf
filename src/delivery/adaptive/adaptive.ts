import { availableParallelism } from 'node:os';
import { AccountedSender } from '../accounting.ts';
import { capabilities } from '../capabilities.ts';
import { maxIoThreads } from '../shared-pool/board.ts';
import { defaultQuietMs } from '../shared-pool/io-thread-scaling.ts';
import { attachToSharedPool } from '../shared-pool/shared-pool.ts';
import type { SharedPoolSender } from '../shared-pool/shared-pool-sender.ts';
import type { DeliveryEvents, DeliveryHost, DeliveryOptions, DeliveryStrategy, Sender } from '../strategy.ts';
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
  attach: async (handle) => accounted(attachToSharedPool(handle)),
};

function accounted(shared: SharedPoolSender): Sender {
  return new AccountedSender(shared.options, new AdaptiveSender(shared));
}

async function open(options: DeliveryOptions, events?: DeliveryEvents): Promise<DeliveryHost> {
  const { openSharedPool } = await import('../shared-pool/shared-pool-host.ts');
  const ioThreads = { most: defaultMostIoThreads(), quietMs: defaultQuietMs };
  const pool = await openSharedPool({ ioThreads, ...options }, events);
  return {
    sender: accounted(pool.own),
    get inFlight() {
      return pool.inFlight;
    },
    handle: () => pool.handle(),
    drain: () => pool.drain(),
    close: (timeoutMs) => pool.close(timeoutMs),
  };
}
