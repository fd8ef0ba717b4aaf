import { describe, expect, it } from 'vitest';
import type { HolderKind } from '../../../src/diagnosis/inspect/suspended.ts';
import type { AwaitPlaceSeen, EventOf } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const notify: AwaitPlaceSeen = {
  function: 'notify',
  file: '/app/notify.js',
  line: 10,
  column: 19,
  sendsAfter: true,
  isInUnboundedLoop: false,
  sendsLater: true,
  inEndlessLoop: false,
};

interface Pending {
  readonly place?: Partial<AwaitPlaceSeen>;
  readonly holders?: readonly HolderKind[];
  readonly holderText?: string;
  readonly when?: EventOf<'awaits'>['when'];
}

/** A program that has confirmed its timer, with one pending await at its end. */
function confirmedThenWaits({
  place = {},
  holders = ['program'],
  holderText,
  when = 'asked',
}: Pending): Recording {
  return [
    threadStarts(main),
    ...beats(main, 0, 5000),
    requestStarts(main, { t: 300 }),
    ...answered(main, 400),
    [
      main,
      {
        e: 'awaits',
        t: 5000,
        until: 5000,
        when,
        awaits: [
          {
            chain: [{ ...notify, ...place }],
            expression: 'lock.acquire()',
            holders: holders.map((kind) => ({ kind, text: holderText ?? kind })),
            count: 1,
          },
        ],
      },
    ],
  ];
}

const atTimeout = { at: 5000 };
const ended = (code: number): Recording => [[main, { e: 'exit', t: 4900, code, timers: [] }]];
const exited = (exitCode: number) => ({ kind: 'exited', at: 5000, exitCode }) as const;

describe('await-unsettled', () => {
  it('names the await that keeps a message back, and its chain', () => {
    const { verdict, findings } = diagnosisOf(confirmedThenWaits({}), atTimeout);
    expect(verdict).toBe('await-unsettled');
    expect(findings[0]?.stack).toEqual(['/app/notify.js:10:19 (notify)']);
    expect(findings[0]?.evidence.join('\n')).toContain('`lock.acquire()`');
  });

  it('names the child whose output nobody reads where its end is awaited', () => {
    const recording = confirmedThenWaits({ holders: ['io'], holderText: 'ChildProcess' });
    expect(diagnosisOf(recording, atTimeout).verdict).toBe('healthy');
    const stuck: Recording = [
      ...recording,
      [main, { e: 'child', t: 2000, pid: 7, file: 'import-rows', stack: null }],
      [main, { e: 'child-output', t: 3000, pid: 7, full: 'stdout' }],
    ];
    const { verdict, findings } = diagnosisOf(stuck, atTimeout);
    expect(verdict).toBe('await-unsettled');
    expect(findings[0]?.evidence.join('\n')).toContain(
      'process 7 (import-rows) is blocked in a write to a full pipe',
    );
    const readOn: Recording = [...stuck, [main, { e: 'child-output', t: 4000, pid: 7, full: null }]];
    expect(diagnosisOf(readOn, atTimeout).verdict).toBe('healthy');
  });

  it.each([
    ['nothing is sent after it', { place: { sendsAfter: false } }],
    ['it stands in a loop that waits for work', { place: { inEndlessLoop: true } }],
    ['a timer will settle it', { holders: ['timer', 'program'] }],
    ['it waits for a signal', { holders: ['events'] }],
    ['it is a package’s own', { place: { file: '/app/node_modules/sdk/index.js' } }],
  ] as const)('is healthy where %s', (_why, pending: Pending) => {
    expect(diagnosisOf(confirmedThenWaits(pending), atTimeout).verdict).toBe('healthy');
  });

  it('is healthy while a request of the thread is under way that may settle it', () => {
    const recording = [...confirmedThenWaits({}), requestStarts(main, { t: 4900, r: 2 })];
    expect(diagnosisOf(recording, atTimeout).verdict).not.toBe('await-unsettled');
  });

  it('counts whoever could settle it for nothing once the loop has run dry', () => {
    const recording = [...confirmedThenWaits({ holders: ['events'], when: 'end' }), ...ended(0)];
    expect(diagnosisOf(recording, exited(0)).verdict).toBe('await-unsettled');
  });

  it('is healthy where a loop waited in vain for its next job in the end', () => {
    const idle = (place: Partial<AwaitPlaceSeen>, holders: readonly HolderKind[] = ['program']) =>
      diagnosisOf([...confirmedThenWaits({ place, holders, when: 'end' }), ...ended(0)], exited(0)).verdict;
    const inEndlessLoop = true;
    expect(idle({ inEndlessLoop })).toBe('healthy');
    expect(idle({ inEndlessLoop, sendsAfter: false, callsSender: true })).toBe('healthy');
    expect(idle({ inEndlessLoop }, ['timer'])).toBe('timer-unreferenced');
    expect(idle({ sendsAfter: false, callsSender: true })).toBe('await-unsettled');
  });

  it('is proven by exit code 13, also where the heap was not looked at', () => {
    const recording = [threadStarts(main), ...beats(main, 0, 800), ...ended(0)];
    const { verdict, findings } = diagnosisOf(recording, exited(13));
    expect(verdict).toBe('await-unsettled');
    expect(findings[0]?.title).toContain('13');
  });
});

describe('an await before a call that has sent elsewhere in its file', () => {
  const place = { sendsAfter: false, callsSender: true } as const;
  const poll: Recording = [requestStarts(main, { t: 600, r: 2, path: '/bot1/getUpdates', body: 'b' })];

  it('is await-unsettled where nothing is under way', () => {
    expect(diagnosisOf(confirmedThenWaits({ place }), atTimeout).verdict).toBe('await-unsettled');
  });

  it('may be settled by what a poll brings', () => {
    expect(diagnosisOf([...confirmedThenWaits({ place }), ...poll], atTimeout).verdict).toBe('healthy');
  });
});

it('comes before the request that was under way when its process ended for it', () => {
  const recording: Recording = [
    ...confirmedThenWaits({ when: 'end' }),
    requestStarts(main, { t: 4800, r: 2, body: 'b' }),
    ...ended(13),
  ];
  const { findings } = diagnosisOf(recording, exited(13));
  expect(findings.map(({ code }) => code)).toEqual(['await-unsettled', 'process-exited']);
});
