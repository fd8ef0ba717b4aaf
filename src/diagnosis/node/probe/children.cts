import { ChildProcess } from 'node:child_process';
import { followSends } from './messages.cjs';
import { somethingCame } from './origins.cjs';
import { emit, now } from './sink.cjs';
import { stackHere } from './stack.cjs';
import { attempt, isObject, wrapCall } from './wrap.cjs';

/** Takes the probe along into child processes that are given an environment of their own. */
export function followChildren(preload: string, nodeOptions: string): void {
  wrapCall(ChildProcess.prototype, 'spawn', (target, self, args) => {
    attempt(() => takeAlong(args[0], preload, nodeOptions));
    attempt(somethingCame);
    const result = Reflect.apply(target, self, args);
    attempt(() => {
      const pid: unknown = isObject(self) ? Reflect.get(self, 'pid') : null;
      if (!isObject(self) || typeof pid !== 'number') return;
      followSends(self, pid);
      emit({ e: 'child', t: now(), pid, file: fileOf(args[0]), stack: stackHere() });
    });
    return result;
  });
}

function fileOf(options: unknown): string {
  return isObject(options) ? String(Reflect.get(options, 'file') ?? '') : '';
}

function takeAlong(options: unknown, preload: string, nodeOptions: string): void {
  const pairs: unknown = isObject(options) ? Reflect.get(options, 'envPairs') : null;
  if (!Array.isArray(pairs)) return;
  const index = pairs.findIndex((pair) => typeof pair === 'string' && pair.startsWith('NODE_OPTIONS='));
  const existing = index === -1 ? '' : String(pairs[index]).slice('NODE_OPTIONS='.length);
  if (existing.includes(preload)) return;
  const pair = `NODE_OPTIONS=${existing === '' ? '' : `${existing} `}${nodeOptions}`;
  if (index === -1) pairs.push(pair);
  else pairs[index] = pair;
}
