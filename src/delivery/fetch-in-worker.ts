import { LocalSender } from './local-sender.ts';
import { readOptions } from './read-options.ts';
import type { DeliveryStrategy } from './strategy.ts';

/** The background thread awaits its own request on its own loop: right as long as that loop keeps turning. */
export const fetchInWorker: DeliveryStrategy = {
  name: 'fetch-in-worker',
  awaited: true,
  open: async (options) => new LocalSender(options),
  attach: async (handle) => new LocalSender(readOptions(handle)),
};
