import { isForeign } from '../../model/frame.ts';
import type { FakeFetch, ProgramRecord, RequestRecord, ThreadRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { placesOfUnsettled } from './await-unsettled.ts';
import type { Rule, Suspicion } from './rule.ts';
import { startedAt, threadText } from './wording.ts';

/** `intercepted`: a mock inside the process took the request, and nothing left it. */
export const intercepted: Rule = (record) => [
  ...record.requests.flatMap((request) =>
    request.interceptedBy === null || request.retried
      ? []
      : [answeredInside(request, request.interceptedBy, record)],
  ),
  ...record.threads.flatMap((thread) => fakeFetches(thread, record)),
];

function answeredInside(request: RequestRecord, by: string, record: ProgramRecord): Suspicion {
  // A mock begins the request in a turn of its own: then it is the program's await that leads to its code.
  const waiting = request.stack.every(isForeign) ? placesOfUnsettled(request.thread, record) : [];
  return {
    code: 'intercepted',
    severity: 'error',
    title: `The request never left the process: ${by} took it`,
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} was taken by ${by} inside the process; no byte was sent to ${request.origin}`,
    ],
    stack: [...waiting, ...request.stack],
    fix: fixFor(by),
  };
}

/** Calls of a fetch that is not Node's, after which fewer requests were made than calls. */
function fakeFetches(thread: ThreadRecord, record: ProgramRecord): readonly Suspicion[] {
  const { fakeFetches: calls } = thread;
  const [first] = calls;
  if (first === undefined || thread.isLauncher) return [];
  const passed = thread.requests - first.requestsBefore;
  const known = calls.find(({ by }) => by !== null);
  if (known !== undefined)
    return passed < calls.length ? [replaced(thread, known, calls.length - passed)] : [];
  // Of a function of which nothing is known, only that nothing at all came of it says anything.
  return passed === 0 && record.started === first.requestsBefore
    ? [replaced(thread, first, calls.length)]
    : [];
}

function replaced(thread: ThreadRecord, { client, by, stack }: FakeFetch, swallowed: number): Suspicion {
  const who = by ?? 'a function of the program’s own';
  const [place] = stack;
  return {
    code: 'intercepted',
    severity: 'error',
    title: `The request never left the process: ${client} is replaced by ${who}`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} called ${client}${place === undefined ? '' : ` at ${place}`} while ${who} replaced it; no request left the process for ${swallowed === 1 ? 'that call' : `${swallowed} such calls`}`,
    ],
    stack,
    fix: fixFor(who),
  };
}

function fixFor(by: string): string {
  return `Keep ${by} out of the running program: switch it on in tests only, and restore the real client after them`;
}
