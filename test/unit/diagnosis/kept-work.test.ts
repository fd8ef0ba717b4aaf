import { expect, it } from 'vitest';
import { KeptWork } from '../../../src/diagnosis/python/kept-work.ts';

const thread = { id: 1, name: 'MainThread', isMain: true, daemon: false };

it('forgets what lay in a queue at the last look, and nothing else', () => {
  const work = new KeptWork();
  work.add({ e: 'main-ended', t: 1 });
  work.add({
    e: 'queue-held',
    t: 2,
    thread,
    kind: 'Queue',
    left: 1,
    putAt: 'app.py:3 (main)',
    leads: true,
    takers: [],
    takerThreads: [],
    gone: false,
    takersElsewhere: false,
  });
  work.forgetHeld();
  expect(work.all).toEqual([{ e: 'main-ended', t: 1 }]);
});
