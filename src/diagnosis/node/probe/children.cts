import { ChildProcess } from 'node:child_process';
import { followKills } from './child-endings.cjs';
import { reportUnheard } from './deliveries.cjs';
import { followSends } from './messages.cjs';
import { emit, emitLazily, now } from './sink.cjs';
import { stackHere } from './stack.cjs';
import { reportStopCommand } from './stop-commands.cjs';
import { somethingCame } from './watched-callbacks.cjs';
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
      if (followed.length < mostFollowed)
        followed.push({ pid, child: new WeakRef(self), isFull: false, isUnheard: false });
      emit({ e: 'child', t: now(), pid, file: fileOf(args[0]), stack: stackHere() });
      reportStopCommand(args[0]);
    });
    return result;
  });
  followKills();
}

interface Followed {
  readonly pid: number;
  readonly child: WeakRef<object>;
  isFull: boolean;
  isUnheard: boolean;
}

const followed: Followed[] = [];
const mostFollowed = 50;

/** Asked while the loop runs: a child whose pipe is full and not read stands still in its next write. */
export function lookAtChildren(): void {
  for (const one of followed) {
    const child = one.child.deref();
    if (!one.isUnheard) one.isUnheard = reportUnheard(child, one.pid);
    const full = child === undefined ? undefined : outputs.find((name) => isFull(Reflect.get(child, name)));
    if ((full !== undefined) === one.isFull) continue;
    one.isFull = full !== undefined;
    emitLazily({ e: 'child-output', t: now(), pid: one.pid, full: full ?? null });
  }
}

const outputs = ['stdout', 'stderr'] as const;

function isFull(stream: unknown): boolean {
  if (!isObject(stream) || Reflect.get(stream, 'readableFlowing') === true) return false;
  const length: unknown = Reflect.get(stream, 'readableLength');
  return (
    typeof length === 'number' && length > 0 && length >= Number(Reflect.get(stream, 'readableHighWaterMark'))
  );
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
