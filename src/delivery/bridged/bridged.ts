import type { DeliveryStrategy } from '../strategy.ts';
import { BridgeSender } from './bridge-sender.ts';
import { isBridgeHandle } from './protocol.ts';

/** Handed by message to main's loop, reply awaited with a deadline. */
export const bridged: DeliveryStrategy = {
  name: 'bridged',
  awaited: true,
  open: async (options) => {
    const { BridgeHost } = await import('./bridge-host.ts');
    return new BridgeHost(options);
  },
  attach: async (handle) => {
    if (!isBridgeHandle(handle))
      throw new TypeError('not a handle of a bridged host; pass what its handle() returned');
    return new BridgeSender(handle);
  },
};
