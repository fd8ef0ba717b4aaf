import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Cause, causes } from '../../src/model/cause.ts';

/** A small program of `fixtures/python/apps`, with what its header says of it. */
export interface PythonApp {
  readonly file: string;
  readonly path: string;
  readonly verdict: Cause;
  /** Requests that its server receives, whoever watches. */
  readonly arrivals: number;
}

const folder = fileURLToPath(new URL('../../fixtures/python/apps/', import.meta.url));

export const pythonApps: readonly PythonApp[] = readdirSync(folder)
  .filter((file) => file.endsWith('.py'))
  .sort()
  .map((file) => {
    const header = readFileSync(`${folder}${file}`, 'utf8');
    const field = (name: string) => new RegExp(`^# ${name}: (.+)$`, 'm').exec(header)?.[1];
    const verdict = causes.find((cause) => cause === field('verdict'));
    const arrivals = field('arrivals');
    if (verdict === undefined || arrivals === undefined)
      throw new Error(`${file} does not say its verdict and arrivals`);
    return { file, path: `${folder}${file}`, verdict, arrivals: Number(arrivals) };
  });
