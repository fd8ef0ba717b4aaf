import type { LostWork, RequestRecord } from '../record.ts';
import type { PythonThread as ReportedThread } from './event.ts';
import type { Holds } from './holds.ts';
import type { QueuedJobs } from './jobs.ts';
import type { PythonLoops } from './loop.ts';
import type { Posters } from './posters.ts';
import type { PythonThread } from './thread.ts';

export interface Loss extends Omit<LostWork, 'thread'> {
  readonly thread: ReportedThread | null;
}

const nowhere = { statement: null, stack: [] };

/** What a loss that says no more than this has: the rest is filled in. */
export function loss<Thread>(
  part: PartOfLoss<Thread>,
): Omit<LostWork, 'thread'> & { readonly thread: Thread } {
  const { error = null } = part;
  return {
    made: [],
    place: nowhere,
    waitedMs: null,
    details: [],
    ...part,
    error: error && withoutColon(error),
  };
}

/** The loss of what ended in an error. */
export function failed<Thread>(
  part: Omit<PartOfLoss<Thread>, 'how' | 'place'> & { readonly at: readonly string[] },
): ReturnType<typeof loss<Thread>> {
  const { at, ...rest } = part;
  return loss({ ...rest, how: 'failed', place: { statement: null, stack: at } });
}

/** An error without a message is its name alone. */
function withoutColon(error: string): string {
  return error.replace(/: *$/, '');
}

type PartOfLoss<Thread> = Pick<LostWork, 'how' | 'what'> &
  Partial<Omit<LostWork, 'thread'>> & { readonly thread: Thread };

/** What is known of the process besides. */
export interface ProcessView {
  readonly requests: readonly RequestRecord[];
  readonly loops: PythonLoops;
  readonly holds: Holds;
  readonly posters: Posters;
  readonly queuedJobs: QueuedJobs;
  /** Whether it ended without a word. */
  readonly wasKilled: boolean;
  readonly endedAt: number;
  readonly threadOf: (reported: ReportedThread) => PythonThread;
  /** Null where it was not heard of. */
  readonly threadById: (id: number) => PythonThread | null;
}

/** Whether an error is the one with which a request of its own failed: then that is the finding. */
export function isOfRequest(error: string | null, { requests }: ProcessView): boolean {
  if (error === null) return false;
  return requests.some(
    ({ failure, status }) =>
      (failure !== null && (failure.message === '' || error.includes(failure.message.slice(0, 60)))) ||
      (status !== null && status >= 400),
  );
}

export function cutOff({ isMain }: ReportedThread): 'cut-off' | 'thread-cut-off' {
  return isMain ? 'cut-off' : 'thread-cut-off';
}
