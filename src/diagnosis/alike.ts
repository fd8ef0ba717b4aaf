import { isInPackage } from '../model/frame.ts';
import type { Showing, SuspicionOf } from './suspicion.ts';

export interface Alike<Each> {
  readonly first: Each;
  readonly more: number;
  /** Other threads of which the same is to be said. */
  readonly threads: number;
}

/** Those that say the same of the same place, as one of them and the number of the others. */
export function groupAlike<Thread, Request>(
  suspicions: readonly SuspicionOf<Thread, Request>[],
  showing: Showing<Thread, Request>,
): readonly Alike<SuspicionOf<Thread, Request>>[] {
  const subjects = suspicions.map((suspicion) => subjectOf(suspicion, showing));
  const starts = new Map<string, string>();
  suspicions.forEach(({ request, stack: [place] }, index) => {
    const subject = subjects[index] ?? '';
    if (request !== null && isOwn(place) && !starts.has(subject)) starts.set(subject, place);
  });
  const groups = new Map<string, Omit<Alike<SuspicionOf<Thread, Request>>, 'threads'>>();
  suspicions.forEach((suspicion, index) => {
    const [place] = suspicion.stack;
    const subject = subjects[index] ?? '';
    // A package's own retry has lost the way back to the program's code.
    const start = isOwn(place) ? place : (starts.get(subject) ?? place);
    const key = `${subject} ${start}`;
    const known = groups.get(key);
    const first = known === undefined || !isOwn(known.first.stack[0]) ? suspicion : known.first;
    // Two ways to see one thing are one.
    const isAnother =
      known !== undefined && (suspicion.request !== null || suspicion.title === known.first.title);
    groups.set(key, { first, more: (known?.more ?? 0) + (isAnother ? 1 : 0) });
  });
  return onceForThreads([...groups.values()], showing);
}

/** A pool's threads, or those that run one job after another, all do the same. */
function onceForThreads<Thread, Request>(
  groups: readonly Omit<Alike<SuspicionOf<Thread, Request>>, 'threads'>[],
  showing: Showing<Thread, Request>,
): readonly Alike<SuspicionOf<Thread, Request>>[] {
  const kept = new Map<unknown, Alike<SuspicionOf<Thread, Request>>>();
  for (const group of groups) {
    const key = inAnyThread(group.first, showing) ?? group;
    const known = kept.get(key);
    if (known === undefined) kept.set(key, { ...group, threads: 0 });
    else kept.set(key, { ...known, threads: known.threads + 1 });
  }
  return [...kept.values()];
}

/** What is said, and of which place, whatever the thread's number; null where one thread is meant. */
function inAnyThread<Thread, Request>(
  { code, severity, title, thread, request, stack }: SuspicionOf<Thread, Request>,
  showing: Showing<Thread, Request>,
): string | null {
  const [place] = stack;
  if (thread === null || place === undefined) return null;
  const { name, isMain } = showing.thread(thread);
  if (isMain) return null;
  const { origin, path } = request === null ? { origin: '', path: '' } : showing.request(request);
  const said = title.replace(/\b(thread|worker) \d+/gi, '$1');
  return [code, severity, name, origin, path, said, ...stack].join('\n');
}

/** What is said of what. */
function subjectOf<Thread, Request>(
  { code, thread, request }: SuspicionOf<Thread, Request>,
  showing: Showing<Thread, Request>,
): string {
  const { origin, path } = request === null ? { origin: '', path: '' } : showing.request(request);
  return [code, thread === null ? '' : showing.threadKey(thread), origin, path].join(' ');
}

function isOwn(place: string | undefined): place is string {
  return place !== undefined && !isInPackage(place);
}
