import { describe, expect, it } from 'vitest';
import { circles, importsOfSource, layerOrder, localImports, upwardImports } from '../layers.ts';

const order = layerOrder();
const source = importsOfSource();

describe('the source', () => {
  it('imports downwards only, types included', () => {
    expect(upwardImports(source, order)).toEqual([]);
  });

  it('has no circle of imports, types included', () => {
    expect(circles(source)).toEqual([]);
  });

  it('is seen whole: each import leads to a module that is there', () => {
    const missing = [...source].flatMap(([file, targets]) =>
      targets.filter((target) => !source.has(target)).map((target) => `${file} → ${target}`),
    );
    expect(missing).toEqual([]);
    expect(source.size).toBeGreaterThan(500);
  });
});

describe('the check of layers', () => {
  it.each([
    ["import { a } from '../report/a.ts';"],
    ["import type { A } from '../report/a.ts';"],
    ["import '../report/a.ts';"],
    ["export { a } from '../report/a.ts';"],
    ["export type * from '../report/a.ts';"],
    ["const a = await import('../report/a.ts');"],
    ["type A = import('../report/a.ts').A;"],
    ["const a = require('../report/a.ts');"],
    ["import a = require('../report/a.ts');"],
  ])('sees %s', (text) => {
    const imports = new Map([['model/b.ts', localImports('model/b.ts', text)]]);
    expect(upwardImports(imports, order)).toEqual(['model/b.ts → report/a.ts']);
  });

  it('lets a higher layer import a lower one', () => {
    expect(upwardImports(new Map([['report/a.ts', ['model/b.ts', 'report/c.ts']]]), order)).toEqual([]);
  });

  it('asks for the layer of a new folder', () => {
    expect(() => upwardImports(new Map([['misc/a.ts', ['model/b.ts']]]), order)).toThrow(
      /src\/misc has no row/,
    );
  });

  it('names each circle once, with everything in it', () => {
    const imports = new Map([
      ['a.ts', ['b.ts', 'd.ts']],
      ['b.ts', ['c.ts']],
      ['c.ts', ['a.ts']],
      ['d.ts', []],
    ]);
    expect(circles(imports)).toEqual([['a.ts', 'b.ts', 'c.ts']]);
  });
});
