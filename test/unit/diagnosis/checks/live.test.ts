import { describe, expect, test } from 'vitest';
import { surveySetup } from '../../../../src/commands/survey-setup.ts';
import type { SendOutcome } from '../../../../src/delivery/outcome.ts';
import { liveCheck } from '../../../../src/diagnosis/checks/live.ts';

const told = { id: 't1', attempts: 1, durationMs: 12 };
const failed = {
  ...told,
  status: 'failed',
  message: 'refused',
  retryable: false,
  ambiguous: false,
  httpStatus: null,
  retryAfterMs: null,
} as const;

function seen(outcome: SendOutcome | null, env: NodeJS.ProcessEnv = { SLACK_BOT_TOKEN: 'xoxb-test-token' }) {
  const live = async () => outcome;
  const { signal } = new AbortController();
  return liveCheck.run({
    ...surveySetup({ directory: '/', env, configFile: undefined, signal }),
    lab: null,
    handler: null,
    live,
  });
}

describe('the live message', () => {
  test('delivered', async () => {
    expect(await seen({ ...told, status: 'delivered', channel: 'C0', ts: '1.2' })).toMatchObject({
      status: 'ok',
    });
  });

  test.each([
    ['refused', 'refused'],
    ['connect-failed', 'connect-stalled'],
    ['channel_not_found', 'rejected-by-slack'],
  ] as const)('failed with %s: %s', async (code, cause) => {
    expect(await seen({ ...failed, code })).toMatchObject({ status: 'fail', cause });
  });

  test('no answer leaves it open, and says that it may be there', async () => {
    const outcome = {
      ...told,
      status: 'timed-out',
      deadlineMs: 15_000,
      ambiguous: true,
      waitingFor: 'response',
    } as const;
    expect(await seen(outcome)).toMatchObject({
      status: 'inconclusive',
      seen: expect.stringContaining('may have been posted'),
    });
  });

  test('a no at the terminal is no failure', async () => {
    expect(await seen(null)).toMatchObject({ status: 'skipped' });
  });

  test('is not asked for without a target', async () => {
    expect(await seen(null, {})).toMatchObject({
      status: 'skipped',
      seen: expect.stringContaining('no token'),
    });
  });
});
