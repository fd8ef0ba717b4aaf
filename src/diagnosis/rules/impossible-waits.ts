import { capital } from '../../capital.ts';
import type { FindingCode } from '../../model/cause.ts';
import { showMs } from '../../time/show-ms.ts';
import type { ThreadPlace, ThreadWait } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { placeText, threadText } from './wording.ts';

/** `await-unsettled` and `bridge-deadlock`: a thread waits for a process or a job that can’t do its part. */
export const impossibleWaits: Rule = ({ places }, { hangAfterMs }) =>
  places.flatMap((place) => {
    const { wait, stillMs } = place;
    return wait === null || wait.never.length === 0 || stillMs < hangAfterMs ? [] : [suspicion(place, wait)];
  });

function suspicion(place: ThreadPlace, wait: ThreadWait): Suspicion {
  const { thread, stack, stillMs } = place;
  const { code, title, fix } = textOf(wait);
  return {
    code,
    severity: 'error',
    title: `${capital(threadText(thread))} ${title}`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} has waited for ${wait.on} for ${showMs(stillMs)}: ${placeText(place)}`,
      ...wait.never,
    ],
    stack,
    fix,
    halted: [thread],
  };
}

interface VainText {
  readonly code: FindingCode;
  /** After the thread's name. */
  readonly title: string;
  readonly fix: string;
}

function textOf({ kind }: ThreadWait): VainText {
  switch (kind) {
    case 'child':
      return {
        code: 'bridge-deadlock',
        title: 'waits for a process that waits for somebody to read what it writes',
        fix: 'Read before you wait: process.communicate() reads both streams while it waits; get() what is in a queue before the process that filled it is joined; or send the output to a file or DEVNULL',
      };
    case 'pool':
      return {
        code: 'await-unsettled',
        title: 'waits for the result of a pool whose worker was killed',
        fix: 'Use concurrent.futures.ProcessPoolExecutor, which raises BrokenProcessPool when a worker dies, or get(timeout=…); and find out what killed the worker (memory)',
      };
    case 'executor':
      return {
        code: 'await-unsettled',
        title: 'waits at the end of asyncio.run for a job that never ends',
        fix: 'Make the job end before the loop does: put a sentinel into the queue that it reads, use get(timeout=…), or run it in a daemon thread of its own; cancelling its future does not stop a thread that has begun',
      };
    default:
      return {
        code: 'await-unsettled',
        title: 'waits for a lock whose holder has ended',
        fix: 'Do not terminate a process that may hold a lock: ask it to stop (an Event) and join it; or acquire(timeout=…)',
      };
  }
}
