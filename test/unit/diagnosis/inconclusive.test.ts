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

describe('inconclusive', () => {
  it('is the verdict on a program that sends through a connection of its own', () => {
    const { verdict, findings } = diagnosisOf(
      [
        threadStarts(main),
        [main, { e: 'connection', t: 100, id: 1, address: '10.0.0.1:443', own: true, stack: null }],
        [main, { e: 'exit', t: 200, code: 0, timers: [] }],
      ],
      { kind: 'exited', exitCode: 0, at: 200 },
    );
    expect(verdict).toBe('inconclusive');
    expect(findings[0]?.evidence.join()).toContain('a connection to 10.0.0.1:443');
  });

  it('is the verdict where a request of the watch is under way at its end, and not where it began later', () => {
    const recording = [
      threadStarts(main),
      ...beats(main, 0, 5000),
      requestStarts(main, { t: 300 }),
      ...answered(main, 400),
      requestStarts(main, { t: 4950, r: 2 }),
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('inconclusive');
    expect(diagnosisOf(recording, { at: 5000, watchedUntil: 4900 }).verdict).toBe('healthy');
  });

  it('is the verdict where a loop lacked the CPU to run to the end of the watch, and not where it ran again', () => {
    const started = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300 }),
      ...answered(main, 400),
    ];
    expect(starved(started)).toEqual([
      'inconclusive',
      ['The process got too little CPU to the end of the watch'],
    ]);
    expect(starved([...started, ...beats(main, 7900, 8000)])).toEqual(['healthy', []]);
  });
});

function starved(recording: Recording): readonly [string, readonly string[]] {
  const joiner = new Joiner(() => true);
  for (const [thread, event] of recording) joiner.add(thread, event);
  const end = { kind: 'timeout', at: 8000, watchedUntil: 8000, exitCode: null, signal: null } as const;
  const record = joiner.finish(end, () => 'starved');
  const { verdict, findings } = diagnose(record, { hangAfterMs: 2000 });
  return [verdict, findings.map(({ title }) => title)];
}
