import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lookSections } from '../../../src/report/look.ts';

const thread = { id: 0, name: 'main', isMain: true };

it('names files as seen from the working directory, and nothing where nothing is known', () => {
  const place = join(process.cwd(), 'bot.mjs:3:1 (send)');
  const [section] = lookSections({
    awaits: [
      { thread, at: place, function: 'send', waitsFor: '', chain: [place], count: 1 },
      { thread, at: place, function: 'send', waitsFor: 'lock()', chain: [place, place], count: 2 },
    ],
  });
  expect(section?.lines).toEqual([
    'bot.mjs:3:1 (send)',
    'bot.mjs:3:1 (send) ← bot.mjs:3:1 (send): lock() (2 calls)',
  ]);
});
