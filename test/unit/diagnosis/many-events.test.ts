import { expect, it } from 'vitest';
import { Joiner } from '../../../src/diagnosis/node/joiner.ts';
import { diagnose } from '../../../src/diagnosis/rules/index.ts';
import { answered, beats, main, requestStarts, threadStarts } from './recorded.ts';

const requests = 350_000;
/** A busy machine may take long over them; how long is not what is asked here. */
const patienceMs = 180_000;

/** A million events and more: each request starts, is answered and ends. */
function joinManyRequests(everyFailing: number): Joiner {
  const joiner = new Joiner(() => true);
  for (const [thread, event] of [threadStarts(main), ...beats(main, 0, 400)]) joiner.add(thread, event);
  for (let r = 1; r <= requests; r += 1) {
    const t = 400 + r / 100;
    joiner.add(...requestStarts(main, { t, r, body: String(r) }));
    const status = r % everyFailing === 0 ? 500 : 200;
    for (const [thread, event] of answered(main, t + 1, r, status)) joiner.add(thread, event);
  }
  return joiner;
}

it('keeps a bounded part of a million events, whatever their number', { timeout: patienceMs }, () => {
  const record = joinManyRequests(3).finish({ kind: 'exited', at: 5000, exitCode: 0, signal: null });
  expect(record.started).toBe(requests);
  expect(record.requests.length).toBeLessThanOrEqual(5000);
});

it('tells one finding for all requests that fail alike', { timeout: patienceMs }, () => {
  const record = joinManyRequests(3).finish({ kind: 'exited', at: 5000, exitCode: 0, signal: null });
  expect(diagnose(record, { hangAfterMs: 2000 }).findings).toHaveLength(1);
});
