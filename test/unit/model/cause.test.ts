import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { byRoot, causes } from '../../../src/model/cause.ts';

const readme = readFileSync(fileURLToPath(new URL('../../../README.md', import.meta.url)), 'utf8');

describe('the causes', () => {
  it('have an order without ties', () => {
    const all = causes.map((code) => ({ code }));
    const ties = all.filter((one) => all.some((other) => other !== one && byRoot(one, other) === 0));
    expect(ties).toEqual([]);
  });

  it('end with healthy, and before it with what could not be seen', () => {
    const sorted = causes.map((code) => ({ code })).sort(byRoot);
    expect(sorted.slice(-2)).toEqual([{ code: 'inconclusive' }, { code: 'healthy' }]);
  });

  it('are all in the README, in their order', () => {
    const list = /<!-- causes -->([\s\S]*)<!-- \/causes -->/.exec(readme)?.[1] ?? '';
    expect(list.match(/[a-z]+(?:-[a-z]+)*/g)).toEqual([...causes]);
  });
});
