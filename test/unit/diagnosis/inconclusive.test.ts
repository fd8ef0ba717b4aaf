import { describe, expect, it } from 'vitest';
import { diagnosisOf, main, threadStarts } from './recorded.ts';

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
});
