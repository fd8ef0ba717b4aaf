import { AccountedSender } from '../accounting.ts';
import { capabilities } from '../capabilities.ts';
import { foreignHandle, type HandleValue } from '../handle.ts';
import type { DeliveryStrategy, Sender } from '../strategy.ts';
import { isSharedPoolHandle } from './protocol.ts';
import { SharedPoolSender } from './shared-pool-sender.ts';

/** One long-lived pool on an I/O thread of its own, reached from any thread by shared memory, drained on exit. */
export const sharedPool: DeliveryStrategy = {
  name: 'shared-pool',
  capabilities: capabilities['shared-pool'],
  open: async (options, events) => {
    const { openSharedPool } = await import('./shared-pool-host.ts');
    return openSharedPool(options, events);
  },
  attach: async (handle) => attach(handle),
};

function attach(handle: HandleValue): Sender {
  const own = attachToSharedPool(handle);
  return new AccountedSender(own.options, own);
}

/** @throws TypeError when it is none of a shared pool's handles. */
export function attachToSharedPool(handle: HandleValue): SharedPoolSender {
  if (!isSharedPoolHandle(handle)) throw foreignHandle('a shared pool');
  return new SharedPoolSender(handle);
}
