import { describe, expect, test } from 'vitest';
import { FairSlots } from '../../../src/delivery/fair-slots.ts';

/** Enters for each of these senders, in this order; `began` names those whose turn has come. */
function enterAll(slots: FairSlots, senders: readonly number[], timeoutMs = 60_000) {
  const began: number[] = [];
  const entered = senders.map(async (sender) => {
    const isIn = await slots.enter(sender, timeoutMs);
    if (isIn) began.push(sender);
    return isIn;
  });
  return { began, entered };
}

async function leave(slots: FairSlots, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    slots.leave();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('slots', () => {
  test('are had at once while there are some, and then as they are given back', async () => {
    const slots = new FairSlots(2);
    const { began, entered } = enterAll(slots, [1, 1, 1]);
    await Promise.all(entered.slice(0, 2));
    expect(began).toEqual([1, 1]);
    await leave(slots, 1);
    expect(began).toEqual([1, 1, 1]);
  });

  test('go to each sender in turn, and to the messages of one in their order', async () => {
    const slots = new FairSlots(1);
    const { began, entered } = enterAll(slots, [1, 1, 1, 1, 2, 2, 3]);
    await entered[0];
    await leave(slots, 6);
    expect(began).toEqual([1, 1, 2, 3, 1, 2, 1]);
  });

  test('are not had after the time that was given, and none is lost by that', async () => {
    const slots = new FairSlots(1);
    await slots.enter(1, 60_000);
    expect(await slots.enter(1, 1)).toBe(false);
    const late = slots.enter(2, 60_000);
    slots.leave();
    expect(await late).toBe(true);
    slots.leave();
    expect(await slots.enter(3, 60_000)).toBe(true);
  });
});
