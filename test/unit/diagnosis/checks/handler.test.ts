import { describe, expect, test } from 'vitest';
import { surveySetup } from '../../../../src/commands/survey-setup.ts';
import { handlerChecks } from '../../../../src/diagnosis/checks/handler.ts';
import { runChecks } from '../../../../src/diagnosis/checks/run-checks.ts';
import type { HandlerResult } from '../../../../src/diagnosis/checks/surroundings.ts';

type Ran = Extract<HandlerResult, { kind: 'ran' }>;

const arrived: Ran = {
  kind: 'ran',
  latencyMs: 20,
  late: false,
  starved: null,
  duplicates: 0,
  cause: null,
  send: 'resolved',
  requested: true,
  threw: null,
  message: null,
  refused: null,
};

async function judged(result: HandlerResult) {
  const surroundings = {
    ...surveySetup({ directory: '/', env: {}, configFile: undefined, signal: new AbortController().signal }),
    lab: null,
    handler: { run: async () => result },
    live: null,
  };
  const [checked] = await runChecks(handlerChecks.slice(0, 1), surroundings, () => {});
  return checked?.outcome;
}

describe('what a handler is told', () => {
  test('an arrival is all it takes', async () => {
    expect(await judged(arrived)).toMatchObject({ status: 'ok' });
  });

  test('a late or repeated arrival is worth a word', async () => {
    expect(await judged({ ...arrived, late: true, cause: 'loop-blocked' })).toMatchObject({ status: 'warn' });
    expect(await judged({ ...arrived, duplicates: 1 })).toMatchObject({
      status: 'warn',
      seen: expect.stringContaining('2 times'),
    });
  });

  test('a late arrival in a trial that got no CPU says nothing of it', async () => {
    expect(await judged({ ...arrived, late: true, starved: 'starved: it got no CPU' })).toMatchObject({
      status: 'inconclusive',
      seen: expect.stringContaining('got no CPU'),
    });
  });

  test('a forgotten request is to be returned', async () => {
    expect(await judged({ ...arrived, latencyMs: null, cause: 'loop-parked' })).toMatchObject({
      status: 'fail',
      cause: 'loop-parked',
      fix: expect.stringContaining('return or await'),
    });
  });

  test('an awaited one is to be handed to another thread', async () => {
    expect(
      await judged({ ...arrived, latencyMs: null, cause: 'loop-blocked', send: 'pending' }),
    ).toMatchObject({
      status: 'fail',
      fix: expect.stringMatching(/^hand the notification to another thread/),
    });
  });

  test('a function that made no request gets that, not what its thread did later', async () => {
    const silent = { ...arrived, latencyMs: null, cause: 'loop-parked', requested: false } as const;
    expect(await judged(silent)).toMatchObject({
      cause: 'never-requested',
      seen: 'send() made no request',
      fix: expect.stringContaining('SLACK_API_URL'),
    });
    expect(await judged({ ...silent, threw: 'user is undefined' })).toMatchObject({
      cause: 'never-requested',
      seen: 'send() threw at once: user is undefined',
    });
    expect(await judged({ ...silent, cause: 'loop-blocked', send: 'pending' })).toMatchObject({
      cause: 'loop-blocked',
      seen: expect.stringContaining('had not made its request yet'),
    });
  });

  test('what the emulator refused is told by its answer', async () => {
    expect(
      await judged({ ...arrived, latencyMs: null, cause: 'loop-parked', refused: 'not_authed' }),
    ).toMatchObject({
      cause: 'rejected-by-slack',
      seen: expect.stringContaining('the emulator answered not_authed'),
      fix: expect.stringContaining('SLACK_BOT_TOKEN'),
    });
  });

  test('a trial that crashed is a fault of the tool, not of the handler', async () => {
    expect(await judged({ kind: 'crashed', message: 'boom' })).toMatchObject({
      status: 'crash',
      seen: expect.stringContaining('boom'),
    });
  });

  test('a host that is not installed is skipped', async () => {
    expect(await judged({ kind: 'skipped', reason: 'npm install piscina' })).toMatchObject({
      status: 'skipped',
    });
  });
});
