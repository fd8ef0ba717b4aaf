import { describe, expect, it } from 'vitest';
import { Joiner } from '../../../src/diagnosis/node/joiner.ts';
import { diagnose } from '../../../src/diagnosis/rules/index.ts';
import { beats, diagnosisOf, main, type Recording, threadStarts, worker } from './recorded.ts';

const setsTimer: Recording = [
  threadStarts(main),
  [main, { e: 'stack', id: 1, frames: ['/app/flush.js:12:3 (capture)'] }],
  ...beats(main, 0, 200),
  [main, { e: 'timer-set', t: 250, id: 1, delayMs: 5000, repeats: false, stack: 1, isSleep: false }],
];

const exits = (code: number): Recording[number] => [main, { e: 'exit', t: 306, code, timers: [] }];

describe('the verdict on a program that was ended on the spot', () => {
  it('is process-exited for a signal without a handler, and names the timer that had not fired', () => {
    const { verdict, findings } = diagnosisOf(setsTimer, { kind: 'exited', at: 600, signal: 'SIGTERM' });
    expect(verdict).toBe('process-exited');
    expect(findings[0]?.title).toContain('SIGTERM');
    expect(findings[0]?.stack[0]).toBe('/app/flush.js:12:3 (capture)');
  });

  it('names the listener that a worker has for the signal, where none could be called', () => {
    const listening = (signal: string): Recording => [
      ...setsTimer,
      threadStarts(worker, 100),
      [worker, { e: 'stack', id: 1, frames: ['/app/bot.js:4:9'] }],
      [worker, { e: 'unheard-signal', signal, stack: 1 }],
    ];
    const stackFor = (signal: string) =>
      diagnosisOf(listening(signal), { kind: 'exited', at: 600, signal: 'SIGTERM' }).findings[0];
    expect(stackFor('SIGTERM')?.stack[0]).toBe('/app/bot.js:4:9');
    expect(stackFor('SIGTERM')?.fix).toContain('tell the worker');
    expect(stackFor('SIGHUP')?.stack[0]).toBe('/app/flush.js:12:3 (capture)');
  });

  it('leaves out timers that have fired', () => {
    const recording: Recording = [...setsTimer, [main, { e: 'timer-gone', id: 1 }]];
    const { findings } = diagnosisOf(recording, { kind: 'exited', at: 6000, signal: 'SIGTERM' });
    expect(findings[0]?.evidence.join('\n')).not.toContain('flush.js');
  });

  it('says nothing of a Ctrl-C', () => {
    const { findings } = diagnosisOf(setsTimer, { kind: 'exited', at: 600, signal: 'SIGINT' });
    expect(findings.some(({ title }) => title.includes('SIGINT'))).toBe(false);
  });

  it('names exit code 7, and the error that the listener was given', () => {
    const recording: Recording = [
      threadStarts(main),
      [
        main,
        {
          e: 'uncaught',
          t: 300,
          origin: 'uncaughtException',
          name: 'SyntaxError',
          code: '',
          message: 'Unexpected end of JSON input',
          frames: ['/app/app.js:5:9'],
          inTimer: true,
          ofRequest: false,
        },
      ],
    ];
    const { verdict, findings } = diagnosisOf(recording, { kind: 'exited', at: 310, exitCode: 7 });
    expect(verdict).toBe('process-exited');
    expect(findings[0]?.title).toContain('exit code 7');
    expect(findings[0]?.evidence[0]).toContain('SyntaxError');
  });

  it.each<{ how: string; exit: Recording }>([
    { how: 'an exit call', exit: [[main, { e: 'exit-call', t: 305, code: 7, stack: null }], exits(7)] },
    { how: 'its own exitCode', exit: [exits(7)] },
  ])('leaves a program alone that ends with code 7 by $how', ({ exit }) => {
    const { findings } = diagnosisOf([threadStarts(main), ...exit], { kind: 'exited', at: 310, exitCode: 7 });
    expect(findings.filter(({ code }) => code === 'process-exited')).toEqual([]);
  });

  it('speaks of memory where V8 found the heap full, however long the process had no CPU before', () => {
    const recording: Recording = [...setsTimer, [main, { e: 'heap-full', t: 9000, usedBytes: 60 * 2 ** 20 }]];
    const { verdict, findings } = diagnosisOf(recording, { kind: 'exited', at: 9100, signal: 'SIGABRT' });
    expect(verdict).toBe('process-exited');
    expect(findings[0]?.title).toContain('memory');
    expect(findings[0]?.evidence.join('\n')).toContain('flush.js');
  });

  it.each([
    { usedMb: 4000, memory: true },
    { usedMb: 300, memory: false },
  ])('speaks of memory after SIGABRT with $usedMb MB of 4096 in use: $memory', ({ usedMb, memory }) => {
    const joiner = new Joiner(() => true);
    for (const [thread, event] of setsTimer) joiner.add(thread, event);
    joiner.processGone(100, 600, null);
    const end = { kind: 'exited', at: 600, exitCode: null, signal: 'SIGABRT' } as const;
    const record = joiner.finish(
      end,
      () => null,
      () => usedMb * 2 ** 20,
    );
    const [finding] = diagnose(record, { hangAfterMs: 2000 }).findings;
    expect(finding?.title.includes('memory')).toBe(memory);
  });
});
