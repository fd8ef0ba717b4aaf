import { ChildProcess } from 'node:child_process';
import { emit, now } from './sink.cjs';
import { killerHere, stackHere } from './stack.cjs';
import { isObject, wrapMethod } from './wrap.cjs';

/** Reports the signals that a child is sent by this thread, with who sends them. */
export function followKills(): void {
  wrapMethod(ChildProcess.prototype, 'kill', ([signal], child) => {
    const pid: unknown = isObject(child) ? Reflect.get(child, 'pid') : null;
    if (typeof pid !== 'number' || signal === 0 || hasEnded(child)) return;
    emit({
      e: 'child-kill',
      t: now(),
      pid,
      signal: typeof signal === 'string' ? signal : 'SIGTERM',
      by: killerHere(),
      stack: stackHere(),
    });
  });
  wrapMethod(process, 'kill', ([pid, signal]) => {
    // Of those that it may reach only the children of this thread are known at the other end.
    if (typeof pid !== 'number' || pid <= 0 || pid === process.pid || signal === 0) return;
    const name = typeof signal === 'string' ? signal : 'SIGTERM';
    emit({ e: 'child-kill', t: now(), pid, signal: name, by: 'program', stack: stackHere() });
  });
}

function hasEnded(child: unknown): boolean {
  return isObject(child) && (Reflect.get(child, 'exitCode') ?? Reflect.get(child, 'signalCode')) !== null;
}

/** A child has ended, and the listeners of its parent are about to hear of it. */
export function childEnded(child: unknown, code: unknown, signal: unknown): void {
  const pid: unknown = isObject(child) ? Reflect.get(child, 'pid') : null;
  if (typeof pid !== 'number') return;
  emit({
    e: 'child-exit',
    t: now(),
    pid,
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal : null,
  });
}
