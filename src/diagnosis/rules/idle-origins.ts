import type { IdleOrigin, ProgramRecord } from '../record.ts';
import { finalStandstill } from './request-facts.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { duration, threadText } from './wording.ts';

/**
 * `never-requested` and `await-unsettled`: a timer, message or signal called code that leads to a request, and none came
 * of it. One that succeeds elsewhere is no excuse.
 */
export const idleOrigins: Rule = (record, options) =>
  record.idleOrigins.filter((idle) => isMissed(idle, record, options)).map((idle) => suspicion(idle, record));

function isMissed(idle: IdleOrigin, record: ProgramRecord, { hangAfterMs }: RuleOptions): boolean {
  const { thread, why, blurred, leads, conditional, ranAt } = idle;
  // Where the loop stands still, that is the cause; so is an error that ended the thread.
  if (thread.isLauncher || finalStandstill(thread) !== null) return false;
  switch (why.kind) {
    case 'rejected':
      return true;
    case 'pending': {
      const until = thread.end?.at ?? record.end.at;
      return (
        !blurred && leads !== 'maybe' && (until - ranAt >= hangAfterMs || thread.end?.reason === 'natural')
      );
    }
    case 'nothing':
      return !blurred && leads !== 'maybe' && !conditional;
  }
}

function suspicion(idle: IdleOrigin, record: ProgramRecord): Suspicion {
  const { thread, why, stack } = idle;
  const who = originText(idle);
  return {
    code: why.kind === 'pending' ? 'await-unsettled' : 'never-requested',
    severity: 'error',
    title: titleOf(idle),
    thread,
    request: null,
    evidence: [
      `${who} after ${duration(Math.max(0, idle.ranAt - idle.setAt))}; no request came of it`,
      ...whyText(idle, record),
    ],
    stack: why.kind === 'rejected' && why.frames.length > 0 ? [...why.frames, ...stack] : stack,
    fix: fixFor(idle),
  };
}

function originText({ kind, stack: [place], thread, repeats }: IdleOrigin): string {
  const at = place === undefined ? '' : ` at ${place}`;
  switch (kind) {
    case 'timer':
      return `the ${repeats ? 'interval' : 'timer'} of ${threadText(thread)} set${at} fired`;
    case 'message':
      return `${threadText(thread)} took a message${place === undefined ? '' : `, listened to at ${place},`}`;
    case 'signal':
      return `${threadText(thread)} heard a signal${place === undefined ? '' : `, listened to at ${place},`}`;
  }
}

const callers: Readonly<Record<IdleOrigin['kind'], string>> = {
  timer: 'A timer fired',
  message: 'A message was taken',
  signal: 'A signal was heard',
};

function titleOf({ kind, why }: IdleOrigin): string {
  switch (why.kind) {
    case 'rejected':
      return `${callers[kind]}, and an error kept it from sending: ${why.error}`;
    case 'pending':
      return `${callers[kind]}, and what should send still waits for a promise`;
    case 'nothing':
      return `${callers[kind]}, its code came to its end, and no request was started`;
  }
}

function whyText({ why }: IdleOrigin, record: ProgramRecord): readonly string[] {
  const elsewhere = record.succeeded > 0 ? ['other requests of the program went well'] : [];
  switch (why.kind) {
    case 'rejected':
      return [
        `a promise of it was rejected with ${why.error}${why.frames[0] === undefined ? '' : ` at ${why.frames[0]}`}; nothing told of it, so something caught the error and swallowed it`,
        ...elsewhere,
      ];
    case 'pending':
      return ['a promise that it made is still pending, and no request is under way', ...elsewhere];
    case 'nothing':
      return [
        'nothing that it started threw, was rejected or is under way: what it called may have built a request that starts only once it is awaited (a query builder, a cold Observable)',
        ...elsewhere,
      ];
  }
}

function fixFor({ why }: IdleOrigin): string {
  switch (why.kind) {
    case 'rejected':
      return 'Fix the error, and log what a catch receives: a notification that fails must not fail in silence';
    case 'pending':
      return 'Find out who should settle that promise (release a lock in finally, give a wait a deadline), then send';
    case 'nothing':
      return 'Await (or subscribe to, or end) what the callback builds: a lazy request such as a query builder’s is sent only then';
  }
}
