import { isInPackage } from '../model/frame.ts';
import type { Showing, SuspicionOf } from './suspicion.ts';

export interface Alike<Each> {
  readonly first: Each;
  readonly more: number;
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
  const groups = new Map<string, Alike<SuspicionOf<Thread, Request>>>();
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
  return [...groups.values()];
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
