import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sleepsOnItsWay, wayBehind } from '../../../../src/diagnosis/source/sends-behind.ts';

const folder = mkdtempSync(join(tmpdir(), 'sends-behind-'));
const file = join(folder, 'worker.mjs');
afterAll(() => rmSync(folder, { recursive: true }));

const ring = '\nasync function ring(bell) {\n  await fetch(bell);\n}\nconst tidy = (all) => all.sort();';
const post = "parentPort.postMessage('done')";

function frameOf(code: string, call: string): string {
  writeFileSync(file, code);
  const before = code.slice(0, code.indexOf(call)).split('\n');
  return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

describe('code sends behind a call, whatever it decides', () => {
  it.each([
    [`${post};\nawait ring('a');${ring}`, true],
    [`try {\n  ${post};\n} catch {\n}\nawait ring('a');${ring}`, true],
    [`if (busy) {\n  ${post};\n}\nif (late) log();\nawait fetch('a');`, true],
    [`${post};\nreturn ring('a');${ring}`, true],
    [`for (const one of all) {\n  ${post};\n  await ring(one);\n}${ring}`, true],
    [`await ring('a');\n${post};${ring}`, false],
    [`${post};\ntidy(all);${ring}`, false],
    [`${post};\nif (failed) await ring('a');${ring}`, false],
    [`if (good) {\n  ${post};\n} else {\n  await ring('a');\n}${ring}`, false],
    [`try {\n  ${post};\n} catch {\n  await ring('a');\n}${ring}`, false],
    [`${post};\nif (over) return;\nawait ring('a');${ring}`, false],
    [
      `switch (kind) {\n  case 1:\n    ${post};\n    break;\n  case 2:\n    await ring('a');\n}${ring}`,
      false,
    ],
    [`${post};\nfailed && await ring('a');${ring}`, false],
    [`${post};\nawait work().catch(() => ring('a'));${ring}`, false],
    [`${post};\nsetInterval(() => { ring('a'); }, 1000);${ring}`, false],
    [`${post};\nparentPort.on('message', (bell) => ring(bell));${ring}`, false],
    [`${post};\nparentPort.postMessage('over');${ring}`, false],
    [`${post};\nawait postprocess(all);`, false],
    [`${post};\nfunction notify(text) {\n  return fetch(text);\n}`, false],
  ])('%j: %s', (code, sends) => expect(wayBehind(frameOf(code, post)) !== null).toBe(sends));

  it('says where, and what it awaits before', () => {
    const code = `${post};\nconst bell = await choose();\nawait tell(bell);\nconst tell = async (one) => {\n  await rest(5);\n  await (await fetch(one)).text();\n};`;
    const way = wayBehind(frameOf(code, post));
    expect(way?.frame).toBe(`${file}:3:7`);
    expect(way?.awaits).toEqual(['choose()', 'rest(5)']);
  });
});

describe('a sleep is on the way to a request', () => {
  it.each([
    [`await rest(500);\nawait ring('a');${ring}`, true],
    [`await Promise.race([rest(500), work()]);\nawait ring('a');${ring}`, false],
    [`await rest(500);\nif (failed) await ring('a');${ring}`, false],
    [`rest(500);\nawait ring('a');${ring}`, false],
  ])('%j: %s', (code, isOnItsWay) =>
    expect(sleepsOnItsWay([frameOf(code, code.startsWith('await') ? 'await' : 'rest')])).toBe(isOnItsWay),
  );
});
