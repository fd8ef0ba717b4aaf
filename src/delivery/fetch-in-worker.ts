import { capabilities } from './capabilities.ts';
import { attachLocalSender, LocalHost } from './local-sender.ts';
import type { DeliveryStrategy } from './strategy.ts';

/** The background thread awaits its own request on its own loop: right as long as that loop runs. */
export const fetchInWorker: DeliveryStrategy = {
  name: 'fetch-in-worker',
  capabilities: capabilities['fetch-in-worker'],
  open: async (options) => new LocalHost(options),
  attach: async (handle) => attachLocalSender(handle),
};
