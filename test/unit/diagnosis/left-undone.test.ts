import { describe, expect, it } from 'vitest';
import type { EventOf, ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const undone: EventOf<'left-undone'> = {
  e: 'left-undone',
  t: 1000,
  id: 3,
  kind: 'generator',
  name: 'tellAll',
  isOneOff: true,
  stack: 1,
};

const early = { ...undone, kind: 'early', name: 'order', isOneOff: false } as const;
const ended: ProbeEvent = { e: 'exit', t: 3000, code: 0, timers: [] };

/** After a request that went well. */
function diagnosed(...events: readonly ProbeEvent[]) {
  const recording: Recording = [
    threadStarts(main),
    ...beats(main, 0, 3000),
    requestStarts(main, { t: 300 }),
    ...answered(main, 350),
    [main, { e: 'stack', id: 1, frames: ['/app/bot.mjs:12:1', '/app/bot.mjs:4:1'] }],
    ...events.map((event): Recording[number] => [main, event]),
  ];
  return diagnosisOf(recording, { at: 3000 });
}

describe('the verdict on an answer whose caller hung up', () => {
  const unfinished = { ...undone, kind: 'unfinished', name: 'finish', isOneOff: false } as const;

  it('is never-requested, with the listener that waits for its end', () => {
    const { verdict, findings } = diagnosed(unfinished, ended);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.evidence.join()).toContain('waits for “finish” at /app/bot.mjs:12:1');
  });

  it('is healthy while the server goes on, and where something was sent since', () => {
    expect(diagnosed(unfinished).verdict).toBe('healthy');
    expect(diagnosed({ ...unfinished, t: 100 }, ended).verdict).toBe('healthy');
  });
});

describe('the verdict on what was paused, misnamed, listened to elsewhere or without a time', () => {
  it.each([
    ['kept-paused', 'line', 'paused it at /app/bot.mjs:12:1'],
    ['misnamed', 'timer-expired', 'emitted “timer-expired” at /app/bot.mjs:12:1'],
    ['elsewhere', 'baked', 'emitted “baked” at /app/bot.mjs:12:1; nothing listens to that emitter'],
    ['unkeyed', 'remindme” of commands, which has “remindMe', 'has “remindMe” at /app/bot.mjs:12:1'],
    ['unlistened', 'message', 'its first listener was added at /app/bot.mjs:12:1'],
    ['void-delay', 'delay', 'delay is above a number at /app/bot.mjs:12:1'],
  ] as const)('is never-requested, with the place: %s', (kind, name, evidence) => {
    const found = { ...undone, kind, name };
    const { verdict, findings } = diagnosed(found);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.evidence.join()).toContain(evidence);
    expect(diagnosed(found, { e: 'done-after-all', id: 3 }).verdict).toBe('healthy');
  });
});

describe('the verdict on a message of a WebSocket', () => {
  it('is never-requested where a WebSocket’s message came before its listener', () => {
    const unread = { ...undone, kind: 'unread', name: 'message', isOneOff: true } as const;
    expect(diagnosed(unread).verdict).toBe('never-requested');
    expect(diagnosed(unread, { e: 'done-after-all', id: 3 }).verdict).toBe('healthy');
  });
});

describe('the verdict on a generator that was made and never iterated', () => {
  it('is never-requested, with where it was made and where it is written', () => {
    const { verdict, findings } = diagnosed(undone);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack).toEqual(['/app/bot.mjs:12:1', '/app/bot.mjs:4:1']);
  });

  it('is healthy once it was iterated after all', () => {
    expect(diagnosed(undone, { e: 'done-after-all', id: 3 }).verdict).toBe('healthy');
  });

  it('is told instead of the timer that made it', () => {
    const idle: ProbeEvent = {
      e: 'callback-fruitless',
      t: 1000,
      id: 9,
      kind: 'timer',
      setAt: 500,
      ranAt: 1000,
      delayMs: 500,
      repeats: false,
      stack: 1,
      leads: 'surely',
      conditional: false,
      calls: '/app/bot.mjs:12:9 (tellAll)',
      hasLed: false,
      uncertain: false,
      sleepsUntil: 0,
      why: { kind: 'nothing' },
    };
    expect(diagnosed(undone, idle).findings.map(({ title }) => title)).toEqual([
      'The generator tellAll() was made and never iterated: none of its code ran',
    ]);
  });
});

describe('the verdict on an event to which nobody listened', () => {
  it('is never-requested where its listener had listened for one only', () => {
    const { verdict, findings } = diagnosed({ ...undone, kind: 'once', name: 'order' });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.title).toContain('“order” was emitted again');
  });

  it('is never-requested where a listener came later and the thread ended with nothing sent since', () => {
    expect(diagnosed(early, ended).verdict).toBe('never-requested');
  });

  it('is healthy where more such events may come while the thread goes on', () => {
    expect(diagnosed(early).verdict).toBe('healthy');
  });

  it('is healthy where something was sent since', () => {
    expect(diagnosed({ ...early, t: 100 }, ended).verdict).toBe('healthy');
  });

  it('is never-requested where it is of a kind that comes once', () => {
    expect(diagnosed({ ...early, isOneOff: true }).verdict).toBe('never-requested');
  });
});

describe('the verdict on lines that were read before anything listened', () => {
  it('is never-requested, at the listener and at the reader', () => {
    const { verdict, findings } = diagnosed({ ...undone, kind: 'lines', name: 'line' });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.evidence[0]).toContain('made a readline interface at /app/bot.mjs:4:1');
  });
});

describe('the verdict on a function of a chain that never calls the next one', () => {
  it('is never-requested, with its place and that of what is to send behind it', () => {
    const { verdict, findings } = diagnosed({ ...undone, kind: 'chain', name: 'logCalls' }, ended);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.title).toContain('logCalls()');
    expect(findings[0]?.stack).toEqual(['/app/bot.mjs:12:1', '/app/bot.mjs:4:1']);
  });
});

describe('the verdict on an event whose listeners were removed all together', () => {
  it('is never-requested, with where they were removed and where it came', () => {
    const { verdict, findings } = diagnosed({ ...undone, kind: 'removed', name: 'expired' }, ended);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.evidence.join('\n')).toContain('removeAllListeners');
    expect(findings[0]?.stack[0]).toBe('/app/bot.mjs:12:1');
  });
});

describe('the verdict on what was never sent of what had been collected or set', () => {
  it('is never-requested where an operator of a stream held it in the end', () => {
    const { verdict, findings } = diagnosed({ ...undone, kind: 'held', name: 'bufferTime' }, ended);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.title).toContain('bufferTime');
  });

  it('is never-requested where its timer was cleared for somebody else’s, unless that was set again', () => {
    const replaced = { ...undone, kind: 'replaced', name: 'user' } as const;
    expect(diagnosed(replaced, ended).verdict).toBe('never-requested');
    expect(diagnosed(replaced, { e: 'done-after-all', id: 3 }, ended).verdict).toBe('healthy');
  });
});

describe('the verdict on a loop over an iterator that another loop had left', () => {
  it('is never-requested, with both loops', () => {
    const { verdict, findings } = diagnosed({ ...undone, kind: 'closed', name: 'due' });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.title).toContain('A loop over due got nothing');
    expect(findings[0]?.evidence.join()).toContain(
      'at /app/bot.mjs:4:1: break and return close the iterator',
    );
  });
});

describe('the verdict on a callback that was given an error', () => {
  const failed = { ...undone, kind: 'failed', name: 'Error: queryA ETIMEOUT', isOneOff: false } as const;

  it('is never-requested once its thread has ended and sent nothing in its place', () => {
    const { verdict, findings } = diagnosed(failed, ended);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.title).toContain('queryA ETIMEOUT');
  });

  it('is healthy while its thread goes on, and where something was sent since', () => {
    expect(diagnosed(failed).verdict).toBe('healthy');
    expect(diagnosed({ ...failed, t: 100 }, ended).verdict).toBe('healthy');
  });
});

describe('the verdict on a queue that stays paused', () => {
  it('is never-requested where it is given a job, until it goes on', () => {
    const job = { ...undone, kind: 'paused', name: 'alarms' } as const;
    const { verdict, findings } = diagnosed(job);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.evidence.join()).toContain('paused “alarms” at /app/bot.mjs:4:1');
    expect(diagnosed(job, { e: 'done-after-all', id: 3 }).verdict).toBe('healthy');
  });
});

describe('the verdict on what a client had begun, or queued', () => {
  const exitCall: ProbeEvent = { e: 'exit-call', t: 2990, code: 0, stack: null };
  const begun = { ...undone, kind: 'begun', name: 'client.capture', isOneOff: false } as const;
  const queued = { ...begun, kind: 'queued' } as const;

  it('is never-requested when process.exit() was called, and names the call', () => {
    for (const call of [begun, queued]) {
      const { verdict, findings } = diagnosed(call, exitCall, ended);
      expect(verdict).toBe('never-requested');
      expect(findings[0]?.title).toContain('client.capture()');
      expect(findings[0]?.evidence.join()).toContain('called client.capture() at /app/bot.mjs:12:1');
    }
  });

  it('is not said twice of a call whose request was under way', () => {
    const cut = { ...requestStarts(main, { t: 990, r: 9 })[1], stack: 1 };
    const { findings } = diagnosed(cut, begun, exitCall, ended);
    expect(findings.map(({ code }) => code)).not.toContain('never-requested');
  });

  it('is never-requested when nothing held the loop until the queue’s timer', () => {
    expect(diagnosed(queued, ended).findings[0]?.evidence.join()).toContain('nothing held the event loop');
  });

  it('is healthy where something was sent since', () => {
    expect(diagnosed({ ...begun, t: 100 }, exitCall, ended).verdict).toBe('healthy');
    expect(diagnosed({ ...queued, t: 100 }, ended).verdict).toBe('healthy');
  });
});

describe('the verdict on a time that is no date', () => {
  it('is never-requested, with the comparison and who asked for it', () => {
    const compared = { ...undone, kind: 'void', name: 'job.at' } as const;
    const { verdict, findings } = diagnosed(compared);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.title).toContain('job.at, is not a valid date');
    expect(findings[0]?.evidence.join()).toContain('had come at /app/bot.mjs:12:1; job.at');
    expect(findings[0]?.evidence[1]).toContain('asks for that at /app/bot.mjs:4:1');
  });
});
