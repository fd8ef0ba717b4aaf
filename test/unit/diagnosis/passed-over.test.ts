import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { placeThatGoesOnWithout } from '../../../src/diagnosis/node/passed-over.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'passed-over-'));
const file = join(folder, 'bot.mjs');

afterAll(() => rmSync(folder, { recursive: true }));

function placeIn(...handler: readonly string[]): string {
  const lines = [
    'async function type() {',
    '  try {',
    '    await post();',
    '  } catch (error) {',
    ...handler,
  ];
  writeFileSync(file, [...lines, '  }', '}'].join('\n'));
  return `${file}:3:11 (type)`;
}

const rethrows = "if (error.name !== 'TimeoutError') throw error;";

describe('a deadline that passed is gone on without', () => {
  it.each([
    [[rethrows, "console.log('skipped');"], true],
    [[rethrows, "logger.debug('skipped', error);"], true],
    // Any error is taken.
    [["console.log('skipped');"], false],
    // Nothing is said.
    [[rethrows], false],
    // It should have gone well.
    [[rethrows, "console.log('could not send it');"], false],
    [[rethrows, "console.error('skipped');"], false],
    // Something is done instead.
    [[rethrows, "console.log('later');", 'queue.push(text);'], false],
    [[rethrows, "console.log('skipped');", 'isLate = true;'], false],
    [[rethrows, "console.log('skipped');", 'return false;'], false],
  ])('where the `catch` is %j: %s', (handler, isMeant) => {
    const frame = placeIn(...handler);
    expect(placeThatGoesOnWithout(['node:internal/x:1:1', frame])).toBe(isMeant ? frame : null);
  });
});

describe('a request that AbortSignal.timeout ended', () => {
  const givenUp = (ms: number, stack: string): Recording => [
    threadStarts(main),
    [main, { e: 'stack', id: 1, frames: [stack] }],
    ...requestWithDeadline(ms),
    [main, { e: 'state', t: 110, r: 1, s: 'sent' }],
    ...beats(main, 120, 80 + ms),
    [
      main,
      {
        e: 'fail',
        t: 100 + ms,
        r: 1,
        by: 'deadline',
        code: 'TimeoutError',
        message: 'The operation',
        s: 'sent',
      },
    ],
    ...beats(main, 110 + ms, 1490),
  ];
  const requestWithDeadline = (ms: number): Recording => {
    const [thread, event] = requestStarts(main, { t: 100, r: 1 });
    return event.e === 'request'
      ? [[thread, { ...event, stack: 1, deadline: { what: 'AbortSignal.timeout', ms } }]]
      : [];
  };
  const later: Recording = [
    requestStarts(main, { t: 1500, r: 2, body: 'b' }),
    ...answered(main, 1520, 2),
    ...beats(main, 1600, 2000),
  ];
  const ended = { at: 2100, kind: 'exited', exitCode: 0 } as const;

  it('soon, and that the program went on without, is none of its losses where others went well', () => {
    const stack = placeIn(rethrows, "console.log('skipped');");
    expect(diagnosisOf([...givenUp(800, stack), ...later], ended).verdict).toBe('healthy');
  });

  it('waited for its server where none since went well, it was given more time, or nobody says so', () => {
    const stack = placeIn(rethrows, "console.log('skipped');");
    expect(diagnosisOf(givenUp(800, stack), ended).verdict).toBe('response-stalled');
    expect(diagnosisOf([...givenUp(1200, stack), ...later], ended).verdict).toBe('response-stalled');
    const silent = placeIn(rethrows);
    expect(diagnosisOf([...givenUp(800, silent), ...later], ended).verdict).toBe('response-stalled');
  });
});
