import { availableParallelism, cpus } from 'node:os';
import type { Environment } from '../model/report.ts';
import { undiciVersion } from '../version.ts';
import { threadpoolSize } from './threadpool.ts';

/** The machine and the versions a report was made with. */
export function currentEnvironment(): Environment {
  const cpuModel = cpus()[0]?.model;
  return {
    node: process.versions.node,
    undici: undiciVersion(),
    platform: process.platform,
    arch: process.arch,
    cpus: availableParallelism(),
    threadpoolSize: threadpoolSize(process.env),
    ...(cpuModel === undefined ? {} : { cpuModel }),
  };
}
