import type { RefusedJob } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { threadText } from './wording.ts';

/** `never-requested`: a scheduler took a job that is to send, and set no timer for it. */
export const refusedJobs: Rule = ({ refusedJobs: jobs }) =>
  jobs.filter(({ thread }) => !thread.isLauncher).map(suspicion);

function suspicion({ thread, scheduler, spec, past, stack }: RefusedJob): Suspicion {
  const [place] = stack;
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${scheduler} never scheduled a job that is to send${past ? ': its date is in the past' : ''}`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} gave ${scheduler} a job for ${spec}${place === undefined ? '' : ` at ${place}`}; ${past ? 'that time has passed' : 'it has no next time'}, so no timer was set, and no error reported it`,
    ],
    stack,
    fix: 'Check the date (seconds or milliseconds? which time zone?) and what the scheduler returns; send at once what is due already',
  };
}
