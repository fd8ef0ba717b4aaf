import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { beats, diagnosisOf, main, type Recording, threadStarts } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'errors-in-tests-'));
const file = join(folder, 'bot.test.mjs');
writeFileSync(
  file,
  "test('sends', async () => { await check(); await fetch('https://slack.com/api/api.test'); });\n",
);
afterAll(() => rmSync(folder, { recursive: true }));

const assertion = 'AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:';
const typeError = 'TypeError: text is not a string';

function verdictOn(error: string, exitCode: number) {
  const recording: Recording = [
    threadStarts(main),
    ...beats(main, 0, 400),
    [
      main,
      {
        e: 'swallowed',
        t: 100,
        seenAt: 300,
        error,
        frames: [`${file}:1:35 (TestContext.<anonymous>)`],
        takenAt: [],
        mayBeReplaced: false,
        inTest: true,
      },
    ],
  ];
  const { verdict, findings } = diagnosisOf(recording, { kind: 'exited', at: 500, exitCode });
  return { verdict, title: findings[0]?.title };
}

describe('an error that a test runner caught', () => {
  it('is told as a failed test where it is an assertion', () => {
    expect(verdictOn(assertion, 1)).toEqual({
      verdict: 'never-requested',
      title:
        'A test failed before it sent: AssertionError [ERR_ASSERTION]: Expected values to be strictly equal',
    });
  });

  it('may be expected by the test where it is none', () => {
    expect(verdictOn(typeError, 1)).toEqual({
      verdict: 'inconclusive',
      title: `An error kept a test from sending: ${typeError}`,
    });
  });

  it.each([assertion, typeError])('is no finding where all tests pass: %s', (error) => {
    expect(verdictOn(error, 0).title).not.toMatch(/error/i);
  });
});
