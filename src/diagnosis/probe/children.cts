import { ChildProcess } from 'node:child_process';
import { isObject, wrapMethod } from './wrap.cjs';

/** Takes the probe along into child processes that are given an environment of their own. */
export function followChildren(preload: string, nodeOptions: string): void {
  wrapMethod(ChildProcess.prototype, 'spawn', (args) => {
    const [options] = args;
    const pairs: unknown = isObject(options) ? Reflect.get(options, 'envPairs') : null;
    if (!Array.isArray(pairs)) return;
    const index = pairs.findIndex((pair) => typeof pair === 'string' && pair.startsWith('NODE_OPTIONS='));
    const existing = index === -1 ? '' : String(pairs[index]).slice('NODE_OPTIONS='.length);
    if (existing.includes(preload)) return;
    const pair = `NODE_OPTIONS=${existing === '' ? '' : `${existing} `}${nodeOptions}`;
    if (index === -1) pairs.push(pair);
    else pairs[index] = pair;
  });
}
