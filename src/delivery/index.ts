import type { StrategyName } from '../model/names.ts';
import type { DeliveryStrategy } from './strategy.ts';

const loaders: Readonly<Record<StrategyName, () => Promise<DeliveryStrategy>>> = {
  detached: async () => (await import('./detached.ts')).detached,
  'fetch-in-worker': async () => (await import('./fetch-in-worker.ts')).fetchInWorker,
  bridged: async () => (await import('./bridged/bridged.ts')).bridged,
  'shared-pool': async () => (await import('./shared-pool/shared-pool.ts')).sharedPool,
  adaptive: async () => (await import('./adaptive/adaptive.ts')).adaptive,
};

/** The strategy of that name. Loaded on demand: a thread that only hands over needs no HTTP client. */
export function loadStrategy(name: StrategyName): Promise<DeliveryStrategy> {
  return loaders[name]();
}
