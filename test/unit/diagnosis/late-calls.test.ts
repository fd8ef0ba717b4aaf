import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EventOf } from '../../../src/diagnosis/node/protocol.ts';
import { endsOtherRequests } from '../../../src/diagnosis/node/shared-abort.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'late-calls-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The frame of the abort that is marked, in a file with that text. */
function frameIn(marked: string): string {
  const file = join(folder, 'bot.mjs');
  writeFileSync(file, marked.replace('@', ''));
  const before = marked.slice(0, marked.indexOf('@')).split('\n');
  return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

const shared = 'const control = new AbortController();\nfunction hurry() {\n  control.@abort();\n}\n';

const ofObject =
  'class Client {\n  #control = new AbortController();\n  ask() {\n    setTimeout(() => this.#control.@abort(), 700);\n    return fetch(url, { signal: this.#control.signal });\n  }\n}\n';

describe('an abort', () => {
  it.each([
    ['of the only controller of a file ends requests that were not meant', shared, true],
    [
      'of one that is made for each request',
      `${shared.replace('const', 'const f = () => {\nconst')}}`,
      false,
    ],
    ['of one that is made anew', `${shared}control = new AbortController();`, false],
    ['of the only controller of an object, by a request’s own deadline', ofObject, true],
    [
      'of an object’s by a deadline for all that it does',
      ofObject.replace('return fetch(url,', '}\n  next() { return fetch(url,'),
      false,
    ],
    ['of an object’s by a method', ofObject.replace('setTimeout(() => ', '').replace(', 700)', ''), false],
    [
      'of one that each call of a method makes',
      ofObject.replace('  #', '  make() { this.#').replace('();\n  ask', '(); }\n  ask'),
      false,
    ],
    ['of one that is there to stop all', shared.replaceAll('control', 'stopping'), false],
  ])('%s', (_case, text, expected) => {
    expect(endsOtherRequests([frameIn(text)])).toBe(expected);
  });

  it.each([
    ['reload', true],
    ['abort', false],
    ['resetAndClose', false],
  ])('of an object’s by its %s()', (name, expected) => {
    const text = ofObject.replace('setTimeout(() => ', '').replace(', 700)', '');
    expect(endsOtherRequests([`${frameIn(text)} (Client.${name})`])).toBe(expected);
  });

  it('is meant where its function is named so', () => {
    expect(endsOtherRequests([`${frameIn(shared)} (cancelAll)`])).toBe(false);
  });
});

describe('the verdict on a call with a signal that had been aborted', () => {
  const late = (abortedAt: readonly string[]): EventOf<'too-late'> => ({
    e: 'too-late',
    t: 1000,
    origin: 'http://127.0.0.1:8080',
    path: '/hook',
    ms: null,
    stack: null,
    abortedAt,
  });
  const calledLate = (...events: Recording): Recording => [
    threadStarts(main),
    ...beats(main, 0, 3000),
    requestStarts(main, { t: 300 }),
    ...answered(main, 350),
    [main, late([frameIn(shared)])],
    ...events,
  ];

  it('is never-requested, with the place of the abort', () => {
    const { verdict, findings } = diagnosisOf(calledLate(), { at: 3000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack.join('\n')).toContain('bot.mjs:3:');
  });

  it('is healthy where a request was made after all', () => {
    const again = [requestStarts(main, { t: 1100, r: 2 }), ...answered(main, 1150, 2)];
    expect(diagnosisOf(calledLate(...again), { at: 3000 }).verdict).toBe('healthy');
  });
});
