import type { RefusedJob } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: a scheduler took a job that is to send, and set no timer for it. */
export const refusedJobs: Rule = ({ refusedJobs: jobs }) =>
  jobs.filter((job) => !job.thread.isLauncher && !isDealtWith(job)).map(suspicion);

/** What is overdue is often sent at once. */
function isDealtWith({ thread, at: refusedAt, sendsOtherwise }: RefusedJob): boolean {
  return sendsOtherwise && (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) >= refusedAt;
}

interface Text {
  readonly title: string;
  readonly evidence: string;
  readonly fix: string;
}

const checkDate =
  'Check the date (seconds or milliseconds? which time zone?) and what the scheduler returns; send at once what is due already';

const texts: Readonly<Record<RefusedJob['why'], Text>> = {
  past: {
    title: 'never scheduled a job that is to send: its date is in the past',
    evidence: 'that time has passed, so no timer was set, and no error reported it',
    fix: checkDate,
  },
  'no-date': {
    title: 'was given an invalid date for a job that is to send',
    evidence:
      'that is no time to set a timer for, and no error reported it (some take it for a rule without fields, which holds at every full minute)',
    fix: 'Check the date before it is scheduled (Number.isNaN(date.getTime())): the text that it was made of is in another format than the one that is expected',
  },
  'no-next-time': {
    title: 'never scheduled a job that is to send',
    evidence: 'it has no next time, so no timer was set, and no error reported it',
    fix: checkDate,
  },
  'not-started': {
    title: 'was given a job that is to send, which was never started',
    evidence: 'it was not started before its thread ended, so no timer was ever set',
    fix: 'Call start() on the job, or make it with start: true',
  },
};

function suspicion({ thread, scheduler, spec, why, stack }: RefusedJob): Suspicion {
  const text = texts[why];
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${scheduler} ${text.title}`,
    thread,
    request: null,
    evidence: [`${threadText(thread)} gave ${scheduler} a job for ${spec}${at(stack)}; ${text.evidence}`],
    stack,
    fix: text.fix,
  };
}
