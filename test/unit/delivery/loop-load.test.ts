import { expect, it } from 'vitest';
import { LoopLoad } from '../../../src/delivery/adaptive/loop-load.ts';

it('a burst is not over because many of its replies came at once', () => {
  const load = new LoopLoad();
  load.send(40);
  load.send(0);
  expect(load.mostUnderWay).toBe(40);
});

it('a loop that only sends is not busy otherwise', () => {
  const load = new LoopLoad();
  for (let sent = 0; sent < 10_000; sent += 1) load.send(1);
  expect(load.busyOtherwise).toBeLessThan(0.5);
});
