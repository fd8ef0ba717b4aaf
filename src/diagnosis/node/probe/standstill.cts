import childProcess from 'node:child_process';
import { reportTimersGone } from './reported-timers.cjs';
import { lookAtAll, pendingCount, reportAll } from './requests.cjs';
import { isShared } from './shared-memory.cjs';
import { emit, now } from './sink.cjs';
import { stackHere } from './stack.cjs';
import { attempt, isObject, wrapCall } from './wrap.cjs';

/** A wait that ends sooner than this can't be why something is late. */
const briefMs = 20;

/** Reports calls that stop the loop, before they do. */
export function followStandstills(): void {
  wrapCall(Atomics, 'wait', (target, self, args) => {
    const limit = args[3];
    const limitMs = typeof limit === 'number' && Number.isFinite(limit) ? limit : null;
    return whileStopped('Atomics.wait', limitMs, sharedView(args[0]), () =>
      Reflect.apply(target, self, args),
    );
  });
  for (const name of ['spawnSync', 'execSync', 'execFileSync']) {
    wrapCall(childProcess, name, (target, self, args) =>
      whileStopped(`child_process.${name}`, null, false, () => Reflect.apply(target, self, args)),
    );
  }
}

let depth = 0;

function whileStopped<Result>(
  call: string,
  limitMs: number | null,
  shared: boolean,
  run: () => Result,
): Result {
  if (depth > 0 || (limitMs !== null && limitMs < briefMs)) return run();
  depth++;
  attempt(() => {
    if (pendingCount() > 0) {
      reportAll();
      lookAtAll();
    }
    // What fired in this turn of the loop is not due while the thread waits.
    reportTimersGone();
    emit({ e: 'loop-stopped', t: now(), call, stack: stackHere(), limitMs, shared });
  });
  let timedOut = false;
  let failed = true;
  try {
    const result = run();
    timedOut = result === 'timed-out';
    failed = isObject(result) && 'status' in result && result.status !== 0;
    return result;
  } finally {
    depth--;
    attempt(() => emit({ e: 'loop-resumed', t: now(), timedOut, failed }));
  }
}

/** Atomics.wait on memory that no other thread can access is a sleep. */
function sharedView(view: unknown): boolean {
  return ArrayBuffer.isView(view) && isShared(view.buffer);
}
