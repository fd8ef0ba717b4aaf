import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { answered, beats, diagnosisOf, main, requestStarts, threadStarts } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipped-listeners-'));
afterAll(() => rmSync(folder, { recursive: true }));

const listener = 'orders.on("paid", (order) => count(order.city.name));';
const emitter = '  orders.emit("paid", order);';
const teller = '/app/tell.mjs:3:18';

/** An error leaves the listener, and a listener after it is to send. */
function verdictOn(lines: readonly string[], skips: readonly string[] | undefined): string {
  const file = join(folder, 'shop.mjs');
  writeFileSync(file, lines.join('\n'));
  const [thrown = '', emittedAt = ''] = [listener, emitter].map(
    (line) => `${file}:${lines.indexOf(line) + 1}:10`,
  );
  const { verdict, findings } = diagnosisOf(
    [
      threadStarts(main),
      ...beats(main, 0, 3000),
      requestStarts(main, { t: 100 }),
      ...answered(main, 150),
      [
        main,
        {
          e: 'caught',
          t: 500,
          error: 'TypeError: order.city is undefined',
          frames: [thrown, emittedAt],
          ...(skips === undefined ? {} : { emittedAt, skips }),
        },
      ],
    ],
    { kind: 'exited', at: 3000, exitCode: 0 },
  );
  if (verdict !== 'healthy') expect(findings[0]?.stack).toEqual([thrown, emittedAt, ...(skips ?? [])]);
  return verdict;
}

describe('the verdict on a listener that throws before the one that sends', () => {
  const silent = [listener, 'try {', emitter, '} catch {', '  failures += 1;', '}'];

  it('is never-requested where a catch around the event says nothing of it', () =>
    expect(verdictOn(silent, [teller])).toBe('never-requested'));

  it('is healthy where no listener that sends comes after it', () =>
    expect(verdictOn(silent, undefined)).toBe('healthy'));

  it('is healthy where the catch reports it', () =>
    expect(
      verdictOn([listener, 'try {', emitter, '} catch (error) {', '  report(error);', '}'], [teller]),
    ).toBe('healthy'));

  it('is healthy where the listener catches it itself: the others are called', () => {
    const guarded = ['try {', listener, '} catch {}', emitter];
    expect(verdictOn(guarded, [teller])).toBe('healthy');
  });
});
