import { describe, expect, it } from 'vitest';
import type { EventOf, PendingAwaitSeen } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const place = {
  function: 'closePoll',
  file: '/app/bot.js',
  line: 20,
  column: 5,
  inEndlessLoop: false,
  sendsAfter: true,
  isInUnboundedLoop: false,
  sendsLater: true,
};
const waiting: PendingAwaitSeen = {
  expression: 'chart',
  holders: [{ kind: 'timer', text: 'Timeout' }],
  count: 1,
  chain: [place],
};
const rejected: EventOf<'uncaught'> = {
  e: 'uncaught',
  t: 500,
  origin: 'unhandledRejection',
  name: 'Error',
  code: 'Error',
  message: 'Missing Access',
  frames: ['/app/bot.js:9:9 (loadMembers)'],
  inTimer: false,
  ofRequest: false,
};

function findingOf(error: EventOf<'uncaught'>, awaits: readonly PendingAwaitSeen[]) {
  const recording: Recording = [
    threadStarts(main),
    ...beats(main, 0, 400),
    requestStarts(main, { t: 100 }),
    ...answered(main, 120),
    [main, error],
    [main, { e: 'exit', t: 510, code: 1, timers: [] }],
    [main, { e: 'awaits', t: 511, until: 900, when: 'end', awaits }],
  ];
  return diagnosisOf(recording, { kind: 'exited', at: 1000, exitCode: 1 }).findings[0];
}

describe('a rejection that nobody has caught ends the process while a function is on its way to a request', () => {
  it('is process-exited, and names both', () => {
    const found = findingOf(rejected, [waiting]);
    expect(found?.code).toBe('process-exited');
    expect(found?.stack).toEqual(['/app/bot.js:9:9 (loadMembers)', '/app/bot.js:20:5 (closePoll)']);
    expect(found?.evidence.join()).toContain('rejected with Error: Missing Access');
  });

  it('is process-exited where it waits for a request', () =>
    expect(findingOf(rejected, [{ ...waiting, holders: [{ kind: 'request', text: 'fetch' }] }])?.code).toBe(
      'process-exited',
    ));

  it('is never-requested where the error comes from the way itself', () => {
    const frames = [...rejected.frames, '/app/bot.js:18:5 (closePoll)'];
    expect(findingOf({ ...rejected, frames }, [waiting])?.code).toBe('never-requested');
  });

  it('is never-requested where nothing waited, or nothing was to be sent behind that', () => {
    expect(findingOf(rejected, [])?.code).toBe('never-requested');
    const idle = { ...waiting, chain: [{ ...place, sendsAfter: false }] };
    expect(findingOf(rejected, [idle])?.code).toBe('never-requested');
  });

  it('is never-requested where it was thrown', () =>
    expect(findingOf({ ...rejected, origin: 'uncaughtException' }, [waiting])?.code).toBe('never-requested'));
});
