import { describe, expect, test } from 'vitest';
import { groupAlike } from '../../../src/diagnosis/alike.ts';
import type { Showing, SuspicionOf } from '../../../src/diagnosis/suspicion.ts';

type Suspicion = SuspicionOf<string, { readonly path: string }>;

const showing: Showing<string, { readonly path: string }> = {
  thread: (name) => ({ id: 0, name, isMain: true }),
  threadKey: (thread) => thread,
  request: ({ path }) => ({ method: 'POST', origin: 'http://127.0.0.1', path, state: 'sent', ageMs: 0 }),
  runtime: () => 'node',
};

const awaiting: Suspicion = {
  code: 'await-unsettled',
  severity: 'error',
  title: 'notify() waits for a promise that nobody settles',
  thread: 'main',
  request: null,
  evidence: [],
  stack: ['bot.mjs:2:3 (notify)'],
  fix: null,
};

function countsOf(suspicions: readonly Suspicion[]): readonly number[] {
  return groupAlike(suspicions, showing).map(({ more }) => more);
}

describe('what is alike', () => {
  test('two findings of one place that say the same are one and another', () => {
    expect(countsOf([awaiting, awaiting])).toEqual([1]);
  });

  test('two ways to see one thing are one', () => {
    expect(
      countsOf([awaiting, { ...awaiting, title: 'A timer fired, and what should send still waits' }]),
    ).toEqual([0]);
  });

  test('what several threads do at one place is one, whatever their numbers', () => {
    const ofThreads: Showing<string, { readonly path: string }> = {
      ...showing,
      thread: (name) => ({ id: 0, name: 'remind.mjs', isMain: name === 'main' }),
    };
    const ended = (id: number): Suspicion => ({
      ...awaiting,
      title: `Thread ${id} (remind.mjs) ended while its request was under way`,
      thread: `worker ${id}`,
      request: { path: '/hook' },
    });
    expect(groupAlike([ended(1), ended(2), ended(3)], ofThreads)).toMatchObject([{ more: 0, threads: 2 }]);
    expect(groupAlike([ended(1), { ...ended(2), stack: ['bot.mjs:9:3'] }], ofThreads)).toHaveLength(2);
    expect(groupAlike([ended(1), { ...ended(2), thread: 'main' }], ofThreads)).toHaveLength(2);
  });

  test('two requests are two', () => {
    const request = { path: '/hook' };
    expect(
      countsOf([
        { ...awaiting, request },
        { ...awaiting, request, title: 'another' },
      ]),
    ).toEqual([1]);
  });
});
