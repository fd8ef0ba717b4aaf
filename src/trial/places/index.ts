import type { Place } from '../../contexts/context.ts';
import type { OpenPlace } from './place.ts';

/** How the heartbeat is put in its place; each is loaded only in the trials that need it. */
export const places: Readonly<Record<Place, () => Promise<OpenPlace>>> = {
  main: async () => (await import('./main.ts')).openMain,
  worker: async () => (await import('./worker.ts')).openWorker,
  'nested-worker': async () => (await import('./worker.ts')).openNestedWorker,
  'child-process': async () => (await import('./child-process.ts')).openChildProcess,
  piscina: async () => (await import('./piscina.ts')).openPiscina,
  bree: async () => (await import('./bree.ts')).openBree,
  bullmq: async () => (await import('./bullmq.ts')).openBullmq,
};
