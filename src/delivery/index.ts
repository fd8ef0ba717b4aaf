import { adaptive } from './adaptive/adaptive.ts';
import { bridged } from './bridged/bridged.ts';
import { detached } from './detached.ts';
import { fetchInWorker } from './fetch-in-worker.ts';
import { sharedPool } from './shared-pool/shared-pool.ts';
import type { DeliveryStrategy, StrategyName } from './strategy.ts';

export const strategies: Readonly<Record<StrategyName, DeliveryStrategy>> = {
  detached,
  'fetch-in-worker': fetchInWorker,
  bridged,
  'shared-pool': sharedPool,
  adaptive,
};
