import { LocalHost, LocalSender, readLocalHandle } from './local-sender.ts';
import type { DeliveryStrategy } from './strategy.ts';

/** The background thread awaits its own request on its own loop: right as long as that loop keeps turning. */
export const fetchInWorker: DeliveryStrategy = {
  name: 'fetch-in-worker',
  awaited: true,
  open: async (options) => new LocalHost(options),
  attach: async (handle) => LocalSender.attach(readLocalHandle(handle)),
};
