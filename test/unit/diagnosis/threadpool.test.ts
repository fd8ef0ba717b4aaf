import { describe, expect, it } from 'vitest';
import { beats, diagnosisOf, main, type Recording, requestStarts, threadStarts } from './recorded.ts';

describe('the verdict on libuv’s pool', () => {
  it('is threadpool-starved when a name waits for libuv’s pool', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 5000),
      requestStarts(main, { t: 300, origin: 'http://slack.example' }),
      [main, { e: 'state', t: 400, r: 1, s: 'connecting' }],
      [main, { e: 'pool', t: 5000, waitedMs: 4600, done: false }],
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('threadpool-starved');
  });

  it('is connect-stalled when an address needs no lookup, however full the pool', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 5000),
      requestStarts(main, { t: 300 }),
      [main, { e: 'state', t: 400, r: 1, s: 'connecting' }],
      [main, { e: 'pool', t: 5000, waitedMs: 4600, done: false }],
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('connect-stalled');
  });
});
