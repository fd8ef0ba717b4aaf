import type { Finding } from '../model/finding.ts';
import { adviceFor } from './advice/advice.ts';
import { type Alike, groupAlike } from './alike.ts';
import { causesFirst } from './causes-first.ts';
import type { Showing, SuspicionOf } from './suspicion.ts';

/** The root first, each request under one cause only, and what is alike kept once. */
export function toFindings<Thread, Request extends object>(
  suspicions: readonly SuspicionOf<Thread, Request>[],
  showing: Showing<Thread, Request>,
): readonly Finding[] {
  const kept = onceARequest(causesFirst<Thread, SuspicionOf<Thread, Request>>(suspicions));
  return groupAlike(kept, showing).map((alike) => toFinding(alike, showing));
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
  { first, more, threads }: Alike<SuspicionOf<Thread, Request>>,
  showing: Showing<Thread, Request>,
): Finding {
  const { code, severity, title, thread, request, evidence, stack, fix } = first;
  return {
    code,
    severity,
    title,
    thread: thread === null ? null : showing.thread(thread),
    request: request === null ? null : showing.request(request),
    evidence: [
      ...evidence,
      ...(more === 0 ? [] : [`and ${more} more like it`]),
      ...(threads === 0 ? [] : [`and the same in ${threads} more ${threads === 1 ? 'thread' : 'threads'}`]),
    ],
    stack,
    fix: fix ?? adviceFor(code, showing.runtime(thread)),
  };
}
