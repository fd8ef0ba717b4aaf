import { describe, expect, it } from 'vitest';
import { Joiner } from '../../../src/diagnosis/node/joiner.ts';
import { diagnose } from '../../../src/diagnosis/rules/index.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const child = '200.0';

/** Main answers on the port and starts a child synchronously, which asks it. */
function asks(origin: string, blockedUntil: number): Recording {
  return [
    threadStarts(main),
    [main, { e: 'listen', t: 50, port: 4711 }],
    ...beats(main, 0, 200),
    [
      main,
      {
        e: 'loop-stopped',
        t: 250,
        call: 'child_process.execFileSync',
        stack: null,
        shared: false,
        limitMs: null,
      },
    ],
    threadStarts(child, 400),
    requestStarts(child, { t: 500, origin }),
    [child, { e: 'state', t: 510, r: 1, s: 'sent' }],
    ...beats(child, 400, 5000),
    [main, { e: 'loop-resumed', t: blockedUntil, timedOut: false, failed: false }],
    ...beats(main, blockedUntil, 5000),
  ];
}

describe('the verdict on a request to a server of the program itself', () => {
  it('is loop-blocked where the loop that should answer does not run', () => {
    const { verdict, findings } = diagnosisOf(asks('http://127.0.0.1:4711', 4800), { at: 5000 });
    expect(verdict).toBe('loop-blocked');
    expect(findings[0]?.thread).toMatchObject({ isMain: true });
    expect(findings[0]?.evidence[0]).toContain('execFileSync');
  });

  it('is response-stalled where the loop ran nearly all the time', () => {
    expect(diagnosisOf(asks('http://127.0.0.1:4711', 900), { at: 5000 }).verdict).toBe('response-stalled');
  });

  it('is response-stalled where another server is asked', () => {
    expect(diagnosisOf(asks('http://10.0.0.1:4711', 4800), { at: 5000 }).verdict).toBe('response-stalled');
  });
});

describe('the verdict on a program that is not followed and asks who waits for it', () => {
  /** Main waits for a process that was seen to ask it. */
  function verdictWhere(failed: boolean | null) {
    const joiner = new Joiner(() => true);
    const add = (events: Recording) => {
      for (const [thread, event] of events) joiner.add(thread, event);
    };
    add([
      threadStarts(main),
      [main, { e: 'listen', t: 50, port: 4711 }],
      requestStarts(main, { t: 60 }),
      ...answered(main, 80),
      ...beats(main, 0, 200),
      [
        main,
        {
          e: 'loop-stopped',
          t: 250,
          call: 'child_process.spawnSync',
          stack: null,
          shared: false,
          limitMs: null,
        },
      ],
    ]);
    const [thread] = joiner.threads;
    if (thread?.stoppingCall != null)
      thread.stoppingCall = { ...thread.stoppingCall, askedBy: { pid: 300, name: 'curl', port: 4711 } };
    if (failed !== null)
      add([[main, { e: 'loop-resumed', t: 4800, timedOut: false, failed }], ...beats(main, 4800, 5000)]);
    const record = joiner.finish({ kind: 'timeout', at: 5000, exitCode: null, signal: null });
    return diagnose(record, { hangAfterMs: 2000 });
  }

  it('is loop-blocked where that failed, or goes on', () => {
    for (const failed of [true, null]) {
      const { verdict, findings } = verdictWhere(failed);
      expect(verdict).toBe('loop-blocked');
      expect(findings[0]?.evidence.join('\n')).toContain('process 300 (curl)');
    }
  });

  it('is healthy where it ended well', () => expect(verdictWhere(false).verdict).toBe('healthy'));
});
