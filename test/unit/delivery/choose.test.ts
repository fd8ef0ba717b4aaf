import { describe, expect, it } from 'vitest';
import { chooseStrategy } from '../../../src/delivery/adaptive/choose.ts';

const idleMain = {
  isMainThread: true,
  ioThreads: 1,
  isIoSaturated: false,
  isDurable: false,
  isPaced: false,
  busyOtherwise: 0,
  mostUnderWay: 0,
} as const;

describe('adaptive', () => {
  it('sends on main’s own loop while that has nothing else to do', () => {
    expect(chooseStrategy(idleMain)).toMatchObject({ strategy: 'fetch-in-worker' });
  });

  it.each([
    ['main’s loop is busy', { busyOtherwise: 0.8 }, "main's loop is 80 % busy"],
    ['many requests are under way', { mostUnderWay: 40 }, "40 of main's own are under way at once"],
    ['channels have a pace', { isPaced: true }, 'the channels’ pace is kept there'],
    ['there is a journal', { isDurable: true }, 'the journal is kept there'],
  ])('hands over where %s', (_, found, because) => {
    expect(chooseStrategy({ ...idleMain, ...found })).toEqual({ strategy: 'shared-pool', because });
  });

  it('keeps a burst on main’s own loop where the I/O thread has no room', () => {
    const via = chooseStrategy({ ...idleMain, mostUnderWay: 40, isIoSaturated: true });
    expect(via.strategy).toBe('fetch-in-worker');
  });

  it('hands over from every other thread, and says how many I/O threads share the load', () => {
    expect(chooseStrategy({ isMainThread: false, ioThreads: 3 })).toEqual({
      strategy: 'shared-pool',
      because: 'the loop of a background thread may stop or end at any time; 3 I/O threads share the load',
    });
  });
});
