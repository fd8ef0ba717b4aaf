import { describe, expect, test } from 'vitest';
import { headlineOf } from '../../../src/report/headline/headline.ts';
import { hungCell, sampleCell, sampleReport } from './sample-report.ts';

const repro = (cells: readonly ReturnType<typeof sampleCell>[], changes = {}) =>
  headlineOf(sampleReport({ kind: 'repro', cells, ...changes }));

describe('what a report says first', () => {
  test('a repro speaks of the contexts that ran, by name where they are few', () => {
    expect(repro([sampleCell({ context: 'main' }), sampleCell({ context: 'worker' })]).sentence).toBe(
      'Delivered 100 % of the expiries in main and worker: shared-pool.',
    );
  });

  test('a strategy that did not run in a context makes no claim about it', () => {
    const cells = [
      sampleCell({ context: 'main' }),
      sampleCell({ context: 'blocked' }),
      sampleCell({ context: 'main', strategy: 'fetch-in-worker' }),
    ];
    expect(repro(cells, { partial: true })).toEqual({
      tone: 'doubtful',
      words: 'interrupted',
      sentence: 'Delivered 100 % of the expiries in main and blocked: shared-pool.',
    });
  });

  test('where none ran everywhere, each is said to have delivered where it ran', () => {
    const cells = [
      sampleCell({ context: 'main' }),
      sampleCell({ context: 'blocked', strategy: 'bridged' }),
      sampleCell({ context: 'blocked', strategy: 'detached', delivered: 0 }),
    ];
    expect(repro(cells, { partial: true }).sentence).toContain(
      'Delivered 100 % of the expiries in the contexts in which they ran: shared-pool (1 of 2), bridged (1 of 2).',
    );
  });

  test('a fault of which no scenario speaks is not called as expected', () => {
    const headline = repro([sampleCell({ fault: 'latency:5ms' })], { ok: true });
    expect(headline).toMatchObject({ tone: 'doubtful', words: 'not judged' });
    expect(headline.sentence).toContain('Nothing was judged');
  });

  test('a repro says how much was lost, and by which strategies', () => {
    expect(repro([sampleCell(), hungCell]).sentence).toBe(
      'Delivered 100 % of the expiries in parked: shared-pool. 1 of 2 expiry cells did not deliver all: detached.',
    );
  });

  test('a healthy program’s exit code is said where it is not 0', () => {
    const seen = {
      requests: 1,
      answered: 1,
      sentAgain: 0,
      underWay: 0,
      blockedMs: 0,
      queuedJobs: 0,
      exitCode: 1,
    };
    expect(headlineOf(sampleReport({ kind: 'doctor', verdict: 'healthy', ok: true, seen }))).toEqual({
      tone: 'doubtful',
      words: 'healthy, but the program ended with exit code 1',
      sentence: '1 request seen, 1 answered.',
    });
  });

  test('a healthy program’s report does not keep back that a loop was blocked or that jobs are queued', () => {
    const seen = { requests: 1, answered: 1, sentAgain: 0, underWay: 0, blockedMs: 5000, queuedJobs: 2 };
    expect(headlineOf(sampleReport({ kind: 'doctor', verdict: 'healthy', ok: true, seen })).sentence).toBe(
      '1 request seen, 1 answered; a loop was blocked for 5 s; 2 jobs are queued.',
    );
  });

  test('a healthy program’s report says that a body was not read to its end', () => {
    const seen = {
      requests: 2,
      answered: 2,
      bodiesOpen: 1,
      sentAgain: 0,
      underWay: 0,
      blockedMs: 0,
      queuedJobs: 0,
    };
    expect(headlineOf(sampleReport({ kind: 'doctor', verdict: 'healthy', ok: true, seen })).sentence).toBe(
      '2 requests seen, 2 answered (1 with a body that was not read to its end).',
    );
  });

  test('a look that saw a call wait for the program itself does not call that nothing', () => {
    const waiting = {
      pid: 7,
      thread: { id: 0, name: 'main', isMain: true },
      at: '/bot/lock.mjs:4:3',
      function: 'acquire',
      waitsFor: 'turn, held by Lock.waiting',
      chain: ['/bot/lock.mjs:4:3 (acquire)'],
      count: 1,
    };
    const look = (changes: object) =>
      headlineOf(
        sampleReport({
          kind: 'doctor',
          verdict: 'healthy',
          ok: true,
          looks: [],
          awaits: [{ ...waiting, ...changes }],
        }),
      );
    expect(look({})).toMatchObject({ tone: 'good', words: 'healthy' });
    const one = look({ upToProgram: true });
    expect(one).toMatchObject({ tone: 'doubtful', words: 'healthy as far as can be seen' });
    expect(one.sentence).toContain(
      'No request is under way. One call waits for what only code of the program settles, as far as was seen: /bot/lock.mjs:4:3 (acquire), turn, held by Lock.waiting. Whether it is stuck,',
    );
    expect(look({ upToProgram: true, count: 3 }).sentence).toContain('3 calls wait for what only code');
  });

  test('a healthy program’s report says that a timer was still to fire', () => {
    const seen = { requests: 1, answered: 1, sentAgain: 0, underWay: 0, blockedMs: 0, queuedJobs: 0 };
    const waits = { ...seen, timersToSend: 1, nextTimerMs: 30_000 };
    expect(headlineOf(sampleReport({ kind: 'doctor', verdict: 'healthy', ok: true, seen: waits }))).toEqual({
      tone: 'doubtful',
      words: 'healthy so far',
      sentence:
        '1 request seen, 1 answered. Not seen: a timer that is to send had not fired when the watch ended, due in 30 s; a longer --timeout waits for it.',
    });
  });

  test('a bench says what was delivered and whether its thresholds held', () => {
    const thresholds = [{ expr: 'p99<5s', cell: 'shared-pool/parked', actual: 8, passed: true }];
    expect(headlineOf(sampleReport({ thresholds })).sentence).toBe(
      '50 % of 200 notifications delivered in 2 cells. 1 of 1 threshold held.',
    );
  });

  test.each([
    [['same'], 'No figure is worse than the baseline.'],
    [
      ['same', 'inconclusive'],
      'No figure is known to be worse than the baseline; for 1 of 2 the rounds can’t tell.',
    ],
    [['worse', 'inconclusive'], '1 figure is worse than the baseline; for 1 of 2 the rounds can’t tell.'],
  ] as const)('a bench keeps what it can’t tell apart from what is the same: %s', (verdicts, said) => {
    const changes = verdicts.map((verdict) => ({
      cell: 'shared-pool/parked',
      metric: 'p99' as const,
      before: 1,
      after: 2,
      p: 0.2,
      verdict,
    }));
    const comparison = { baseline: { startedAt: '2026-01-01T00:00:00.000Z', version: '1' }, changes };
    expect(headlineOf(sampleReport({ comparison })).sentence).toContain(said);
  });
});
