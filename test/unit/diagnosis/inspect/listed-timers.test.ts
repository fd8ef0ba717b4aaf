import { describe, expect, it } from 'vitest';
import { timersIn } from '../../../../src/diagnosis/inspect/listed-timers.ts';

interface Link {
  _idleNext: unknown;
}

describe('the timers in a thread’s lists', () => {
  it('come the earliest first, with what they are and how many are left', () => {
    const minute = listOf(timer(60_000, 500, true), timer(60_000, 100, false, 60_000));
    const { timers, callbacks, left } = timersIn({ 60000: minute, 5: listOf(timer(5, 1, true)) }, 2);
    expect(timers).toEqual([
      { delayMs: 5, startedMs: 1, repeats: false, isReferenced: true },
      { delayMs: 60_000, startedMs: 100, repeats: true, isReferenced: false },
    ]);
    expect(callbacks).toEqual([callback, callback]);
    expect(left).toBe(1);
  });

  it('are not those of sockets, whose callbacks are bound', () => {
    const bound = { ...timer(5, 1, true), _onTimeout: callback.bind(null) };
    expect(timersIn({ 5: listOf(bound) }, 10)).toEqual({ timers: [], callbacks: [], left: 0 });
  });
});

function callback() {}

function timer(delayMs: number, startedMs: number, isReferenced: boolean, repeat: number | null = null) {
  return {
    _idleNext: null,
    _idleTimeout: delayMs,
    _idleStart: startedMs,
    _repeat: repeat,
    _onTimeout: callback,
    [Symbol('refed')]: isReferenced,
  };
}

/** As Node links them: in a ring, with the list itself as a link. */
function listOf(...timers: readonly Link[]): Link {
  const list: Link = { _idleNext: null };
  let last = list;
  for (const each of timers) {
    last._idleNext = each;
    last = each;
  }
  last._idleNext = list;
  return list;
}
