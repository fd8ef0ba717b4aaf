import type { ContextName } from '../model/names.ts';
import { blocked } from './blocked.ts';
import { bree } from './bree.ts';
import { bullmq } from './bullmq.ts';
import { childProcess } from './child-process.ts';
import type { ThreadContext } from './context.ts';
import { exiting } from './exiting.ts';
import { main } from './main.ts';
import { mainBlocked } from './main-blocked.ts';
import { mainExiting } from './main-exiting.ts';
import { nestedWorker } from './nested-worker.ts';
import { parked } from './parked.ts';
import { piscina } from './piscina.ts';
import { starved } from './starved.ts';
import { terminated } from './terminated.ts';
import { unreferenced } from './unreferenced.ts';
import { worker } from './worker.ts';

/** Every thread context by its name. */
export const contexts: Readonly<Record<ContextName, ThreadContext>> = {
  main,
  worker,
  'nested-worker': nestedWorker,
  parked,
  blocked,
  exiting,
  terminated,
  unreferenced,
  starved,
  'main-blocked': mainBlocked,
  'main-exiting': mainExiting,
  'child-process': childProcess,
  piscina,
  bree,
  bullmq,
};
