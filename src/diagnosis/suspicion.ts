import { byRoot, type FindingCode } from '../model/cause.ts';
import type { Finding, RequestSummary, Severity } from '../model/finding.ts';
import type { Runtime } from '../model/runtime.ts';
import { adviceFor } from './advice/advice.ts';
import { groupAlike } from './alike.ts';

/** What one rule holds to be the cause, of one request or of the program. */
export interface SuspicionOf<Thread, Request> {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly title: string;
  readonly thread: Thread | null;
  readonly request: Request | null;
  readonly evidence: readonly string[];
  readonly stack: readonly string[];
  /** What this evidence asks for; null where it is what the cause always asks for. */
  readonly fix: string | null;
}

/** How a runtime's threads and requests are shown. */
export interface Showing<Thread, Request> {
  thread(thread: Thread): NonNullable<Finding['thread']>;
  request(request: Request): RequestSummary;
  /** Tells threads of different processes apart. */
  threadKey(thread: Thread): string;
  /** Whose words the advice is in. */
  runtime(thread: Thread | null): Runtime;
}

/** The root first, each request under one cause only, and what is alike told once. */
export function toFindings<Thread, Request extends object>(
  suspicions: readonly SuspicionOf<Thread, Request>[],
  showing: Showing<Thread, Request>,
): readonly Finding[] {
  const told = onceARequest([...suspicions].sort(byRoot));
  return groupAlike(told, showing).map(({ first, more }) => toFinding(first, more, showing));
}

function onceARequest<Each extends { readonly request: object | null }>(suspicions: readonly Each[]): Each[] {
  const explained = new Set<object>();
  return suspicions.filter(({ request }) => {
    if (request === null) return true;
    if (explained.has(request)) return false;
    explained.add(request);
    return true;
  });
}

function toFinding<Thread, Request>(
  { code, severity, title, thread, request, evidence, stack, fix }: SuspicionOf<Thread, Request>,
  more: number,
  showing: Showing<Thread, Request>,
): Finding {
  return {
    code,
    severity,
    title,
    thread: thread === null ? null : showing.thread(thread),
    request: request === null ? null : showing.request(request),
    evidence: more === 0 ? evidence : [...evidence, `and ${more} more like it`],
    stack,
    fix: fix ?? adviceFor(code, showing.runtime(thread)),
  };
}
