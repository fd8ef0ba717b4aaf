import { describe, expect, it } from 'vitest';
import type { ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  mainAndWorker,
  type Recording,
  requestStarts,
  worker,
} from './recorded.ts';

const from = { kind: 'parent' } as const;
const took = (t: number, n: number): Recording[number] => [worker, { e: 'taken', t, from, n }];
const nothing = (t: number, n: number): Recording[number] => [worker, { e: 'unanswered', t, from, n }];

/** Main asks twice from one place, and a function of its waits at the end for what is held by the worker. */
function asked(last: number, waitsIn: string, ...events: Recording): Recording {
  const outer = { function: 'run', file: '/app/main.mjs', line: 40, column: 3 };
  const post = (t: number, n: number): ProbeEvent => ({
    e: 'post',
    t,
    to: { kind: 'worker', tid: 1 },
    stack: 1,
    own: true,
    lost: null,
    n,
  });
  const place = {
    function: waitsIn.replace(' later', ''),
    file: '/app/main.mjs',
    line: waitsIn === 'remind' ? 12 : 30,
    column: 16,
    sendsAfter: true,
    sendsLater: true,
    isInUnboundedLoop: false,
    inEndlessLoop: false,
  };
  return [
    ...mainAndWorker,
    ...beats(main, 0, 5000),
    ...beats(worker, 20, 5000),
    [
      main,
      {
        e: 'stack',
        id: 1,
        frames: ['/app/main.mjs:7:5 (ask)', '/app/main.mjs:12:22 (remind)', '/app/main.mjs:40:9 (run)'],
      },
    ],
    [main, post(200, 1)],
    took(210, 1),
    requestStarts(main, { t: 300 }),
    ...answered(main, 350),
    [main, post(last, 2)],
    took(last + 10, 2),
    ...events,
    [
      main,
      {
        e: 'awaits',
        t: 4900,
        until: 4910,
        when: 'asked',
        awaits: [
          {
            chain: [place, { ...place, ...outer }],
            expression: 'ask()',
            holders: [{ kind: 'thread', text: 'Worker' }],
            count: 1,
          },
        ],
      },
    ],
  ];
}

describe('the verdict on a function that waits for the answer of a thread', () => {
  it('is await-unsettled where the thread made nothing of the question, and names both places', () => {
    const { verdict, findings } = diagnosisOf(asked(600, 'remind', nothing(700, 2)), { at: 5000 });
    expect(verdict).toBe('await-unsettled');
    expect(findings[0]?.stack).toContain('/app/main.mjs:7:5 (ask)');
    expect(findings[0]?.evidence.join('\n')).toContain('no answer followed');
  });

  it.each([
    ['the thread is still at work on it', asked(600, 'remind')],
    ['another function waits', asked(600, 'main', nothing(700, 2))],
    ['the function goes on and waits for something else', asked(600, 'remind later', nothing(700, 2))],
    ['it was asked shortly before the end', asked(4500, 'remind', nothing(4600, 2))],
    ['the thread answers none from there', asked(600, 'remind', nothing(300, 1), nothing(700, 2))],
  ])('is healthy where %s', (_case, recording) => {
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('healthy');
  });
});
