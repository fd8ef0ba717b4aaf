import { AccountedSender } from '../accounting.ts';
import { capabilities } from '../capabilities.ts';
import { foreignHandle } from '../handle.ts';
import type { DeliveryStrategy } from '../strategy.ts';
import { BridgeSender } from './bridge-sender.ts';
import { isBridgeHandle } from './protocol.ts';

/** Handed by message to main's loop, reply awaited with a deadline. */
export const bridged: DeliveryStrategy = {
  name: 'bridged',
  capabilities: capabilities.bridged,
  open: async (options) => {
    const { BridgeHost } = await import('./bridge-host.ts');
    return new BridgeHost(options);
  },
  attach: async (handle) => {
    if (!isBridgeHandle(handle)) throw foreignHandle('bridged');
    return new AccountedSender(handle.options, new BridgeSender(handle));
  },
};
