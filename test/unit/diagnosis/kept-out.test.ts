import { describe, expect, it } from 'vitest';
import type { EventOf, PendingAwaitSeen, ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const keptOut: EventOf<'left-undone'> = {
  e: 'left-undone',
  t: 1000,
  id: 1,
  kind: 'kept-out',
  name: 'running',
  isOneOff: false,
  stack: 1,
};

function pending(holders: PendingAwaitSeen['holders']): PendingAwaitSeen {
  return {
    expression: 'read()',
    holders,
    count: 1,
    chain: [
      {
        function: 'tick',
        file: '/app/bot.mjs',
        line: 12,
        column: 5,
        inEndlessLoop: false,
        sendsAfter: false,
        isInUnboundedLoop: false,
        sendsLater: false,
      },
    ],
  };
}

function looked(...awaits: readonly PendingAwaitSeen[]): ProbeEvent {
  return { e: 'awaits', t: 5000, until: 5100, when: 'asked', awaits };
}

/** After a request that went well. */
function diagnosed(...events: readonly ProbeEvent[]) {
  const recording: Recording = [
    threadStarts(main),
    ...beats(main, 0, 6000),
    requestStarts(main, { t: 300 }),
    ...answered(main, 350),
    [
      main,
      {
        e: 'stack',
        id: 1,
        frames: [
          '/app/bot.mjs:12:5 (tick)',
          '/app/bot.mjs:9:16 (tick)',
          '/app/bot.mjs:8:1',
          '/app/bot.mjs:15:2',
        ],
      },
    ],
    ...events.map((event): Recording[number] => [main, event]),
  ];
  return diagnosisOf(recording, { at: 6000 });
}

describe('the verdict on a run that keeps out each later one', () => {
  it('is await-unsettled where nothing can settle what it waits for, with the place', () => {
    const { verdict, findings } = diagnosed(keptOut, looked(pending([])));
    expect(verdict).toBe('await-unsettled');
    expect(findings[0]?.title).toContain('`running`');
    expect(findings[0]?.stack[0]).toBe('/app/bot.mjs:12:5 (tick)');
  });

  it('is never-requested where nothing of it waits any more: it may have returned with its flag set', () => {
    const { verdict, findings } = diagnosed(keptOut, looked());
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.evidence.join()).toContain('returned or threw without clearing `running`, or nobody');
    expect(findings[0]?.stack[0]).toBe('/app/bot.mjs:12:5 (tick)');
  });

  it('is healthy where something is under way that leads on', () => {
    expect(diagnosed(keptOut, looked(pending([{ kind: 'timer', text: 'Timeout' }]))).verdict).toBe('healthy');
  });

  it('is healthy where it came to its end after all, where nobody could look, and where it is young', () => {
    expect(diagnosed(keptOut, looked(), { e: 'done-after-all', id: 1 }).verdict).toBe('healthy');
    expect(diagnosed(keptOut).verdict).toBe('healthy');
    expect(diagnosed({ ...keptOut, t: 5000 }, looked()).verdict).toBe('healthy');
  });
});
