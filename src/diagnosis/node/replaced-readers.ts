import { fileOfFrame } from '../../model/frame.ts';
import type { ReplacedReader } from '../record.ts';
import type { MessageEnd, ProbeEvents } from './protocol.ts';
import { successorOf } from './replaced-senders.ts';
import type { Thread } from './thread.ts';

const kept = 500;
/** Fewer from one place show no rhythm. */
const leastPosts = 3;
/** How far the time between two posts may lie from an interval's. */
const slackShare = 0.5;

/** Messages from one place of the program's to one reader. */
interface Posts {
  readonly thread: Thread;
  readonly stack: number;
  /** Of its thread. */
  to: string;
  n: number;
  firstAt: number;
  lastAt: number;
}

/** Joins the posts of an interval with the end of whoever got them. */
export class ReplacedReaders {
  readonly #posts = new Map<string, Posts>();

  posted(thread: Thread, { t, to, stack, own }: ProbeEvents['post']): void {
    const reader = keyOf(to, thread);
    if (!own || stack === null || reader === null) return;
    const key = `${thread.key} ${stack}`;
    const known = this.#posts.get(key);
    if (known === undefined) {
      if (this.#posts.size < kept)
        this.#posts.set(key, { thread, stack, to: reader, n: 1, firstAt: t, lastAt: t });
    } else if (known.to === reader) {
      known.n++;
      known.lastAt = t;
    } else Object.assign(known, { to: reader, n: 1, firstAt: t, lastAt: t });
  }

  found(threads: readonly Thread[]): readonly ReplacedReader[] {
    const all = [...this.#posts.values()];
    return all.flatMap((posts) => {
      const { thread, to, n, firstAt, lastAt, stack } = posts;
      const reader = threads.find(({ key }) => key === to);
      const successor = reader === undefined ? undefined : successorOf(reader, threads);
      if (reader === undefined || successor === undefined || n < leastPosts || reader.requests === 0)
        return [];
      if (all.some((others) => others.to === successor.key)) return [];
      const gapMs = (lastAt - firstAt) / (n - 1);
      const frames = thread.stack(stack);
      const interval = thread.timersToSend.find(
        (timer) =>
          timer.repeats &&
          !timer.isLed &&
          fileOfFrame(timer.stack[0] ?? '') === fileOfFrame(frames[0] ?? '') &&
          Math.abs(timer.delayMs - gapMs) <= timer.delayMs * slackShare,
      );
      return interval === undefined ? [] : [{ thread, reader, successor, interval, count: n, stack: frames }];
    });
  }
}

/** Null where it is no thread or process that the posting one has started. */
function keyOf(to: MessageEnd, { pid }: Thread): string | null {
  if (to.kind === 'worker') return `${pid}.${to.tid}`;
  return to.kind === 'process' ? `${to.pid}.0` : null;
}
