import { type Cause, isUpToServer } from '../model/cause.ts';
import { type Finding, requestLine } from '../model/finding.ts';
import { monotonicMs } from '../time/clock.ts';
import { onlyWaitsForResponses } from './only-waits-for-responses.ts';
import type { ProgramRecord, Standstill } from './record.ts';
import { diagnose } from './rules/index.ts';
import { finalStandstill, isWait } from './rules/request-facts.ts';

/** What the record of a program that still runs shows. */
export interface Observation {
  /** Findings that are proven now and were not before. */
  readonly fresh: readonly Finding[];
  /** Whether whatever the program does from now on leaves the verdict as it is, but for a response that is long overdue. */
  readonly settled: boolean;
}

/**
 * Causes that stay a program's verdict once a request has waited for them longer than it may: being late is not undone.
 * A failed request may be sent again, and that may still come out well.
 */
const lasting: ReadonlySet<Cause> = new Set([
  'bridge-deadlock',
  'loop-parked',
  'loop-blocked',
  'bridge-target-blocked',
  'threadpool-starved',
  'pool-exhausted',
]);

/** A server may still respond: that is waited for longer, and only a program that does nothing else is ended. */
const responseFactor = 5;

const leastSettlingMs = 1000;

interface Known {
  readonly finding: Finding;
  readonly since: number;
  reported: boolean;
}

/** Reports each finding once, when it has shown at two moments in a row: what passes between them was none. */
export class LiveFindings {
  readonly #hangAfterMs: number;
  readonly #known = new Map<string, Known>();

  constructor({ hangAfterMs }: { readonly hangAfterMs: number }) {
    this.#hangAfterMs = hangAfterMs;
  }

  observe(record: ProgramRecord): Observation {
    const now = monotonicMs();
    const { findings } = diagnose(record, { hangAfterMs: this.#hangAfterMs });
    const shown = new Map(findings.filter(isOfNow).map((finding) => [findingKey(finding), finding]));
    for (const [key, { reported }] of this.#known) if (!shown.has(key) && !reported) this.#known.delete(key);
    const fresh: Finding[] = [];
    for (const [key, finding] of shown) {
      const known = this.#known.get(key);
      if (known === undefined) this.#known.set(key, { finding, since: now, reported: false });
      else if (!known.reported) {
        known.reported = true;
        fresh.push(finding);
      }
    }
    return { fresh, settled: this.#isSettled([...shown.values()], record, now) };
  }

  #isSettled(findings: readonly Finding[], record: ProgramRecord, now: number): boolean {
    const gravest = findings.find(({ severity }) => severity === 'error');
    if (gravest === undefined) return false;
    if (isUpToServer(gravest.code)) return onlyWaitsForResponses(record, this.#hangAfterMs * responseFactor);
    if (!lasting.has(gravest.code) || (gravest.code === 'loop-blocked' && isBeforeAnything(record)))
      return false;
    const since = this.#known.get(findingKey(gravest))?.since ?? now;
    return now - since >= Math.max(this.#hangAfterMs, leastSettlingMs);
  }
}

/** Code that blocks a loop before anything was due on it, as a slow start does, may come to its end, and all be sent in time. */
function isBeforeAnything({ started, threads }: ProgramRecord): boolean {
  const standstills = threads.map(finalStandstill).filter((last) => last !== null);
  return started === 0 && standstills.every((last) => isWait(last) || isOwedNothing(last));
}

/** A message that was taken before the first request of all belongs to the start. */
function isOwedNothing({ overdue, waiting, askedBy }: Standstill): boolean {
  return overdue === null && waiting.length === 0 && askedBy === null;
}

/** That something has not been seen is known only at the end. */
function isOfNow({ code, thread, request, stack }: Finding): boolean {
  return code !== 'inconclusive' && (thread !== null || request !== null || stack.length > 0);
}

/** Two findings with the same key are one, seen at two moments. */
export function findingKey({ code, thread, request, stack }: Finding): string {
  const asked = request === null ? '' : requestLine(request);
  return [code, thread?.id ?? '', asked, stack[0] ?? ''].join('\n');
}
