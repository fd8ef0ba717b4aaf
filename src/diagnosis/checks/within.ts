import { errorCode } from '../../file-error.ts';
import { showMs } from '../../time/show-ms.ts';

export type Attempt<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/**
 * The outcome of `work`, at the latest after `limitMs` or at the interruption. What `work` left
 * open it closes when its signal aborts. A timer of our own rather than `AbortSignal.any`, which can lose its timeout to the garbage collector (nodejs/node#57736).
 */
export async function within<Value>(
  limitMs: number,
  interrupted: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Attempt<Value>> {
  const controller = new AbortController();
  let giveUp = (_code: string, _message: string): void => {};
  const stopped = new Promise<Attempt<Value>>((resolve) => {
    giveUp = (code, message) => resolve({ kind: 'failed', code, message });
  });
  const interrupt = () => giveUp('INTERRUPTED', 'interrupted');
  const timer = setTimeout(() => giveUp('TIMEOUT', `no response in ${showMs(limitMs)}`), limitMs);
  interrupted.addEventListener('abort', interrupt);
  if (interrupted.aborted) interrupt();
  try {
    return await Promise.race([attempt(work(controller.signal)), stopped]);
  } finally {
    clearTimeout(timer);
    interrupted.removeEventListener('abort', interrupt);
    controller.abort();
  }
}

async function attempt<Value>(work: Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { kind: 'done', value: await work };
  } catch (error) {
    return {
      kind: 'failed',
      code: errorCode(error) || 'UNKNOWN',
      message: error instanceof Error ? error.message : String(error),
    };
  }
}
