import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMadeOnlyInstead } from '../../../../src/diagnosis/source/only-instead.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'only-instead-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The first call is marked with `1`, the later one with `2`; both with `1` and nothing else where it is the same. */
function isInstead(code: string): boolean {
  const file = join(folder, 'program.mjs');
  const [first = 0, second = first] = [...code.matchAll(/\b[12](?=post\()/g)].map(({ index }) => index);
  const source = code.replaceAll(/\b[12](?=post\()/g, ' ');
  writeFileSync(file, source);
  const frameAt = (offset: number) => {
    const lines = source.slice(0, offset + 1).split('\n');
    return `${file}:${lines.length}:${(lines.at(-1) ?? '').length + 1} (notify)`;
  };
  return isMadeOnlyInstead([frameAt(first)], [frameAt(second)]);
}

describe('a call that says again what one before had said is made only in its place', () => {
  it.each([
    'async function notify() {\n  try { await 1post(a); } catch (error) { warn(error); await 2post(b); }\n}',
    'async function notify() {\n  try { await 1post(a); } catch { try { await other(c); } catch { await 2post(b); } }\n}',
    'function notify() {\n  return 1post(a).catch((error) => 2post(b));\n}',
    'function notify() {\n  return 1post(a).then(check).catch((error) => { warn(error); return 2post(b); });\n}',
    'async function notify() {\n  const sent = await 1post(a);\n  if (!sent) await 2post(b);\n}',
    'async function notify() {\n  const response = await 1post(a);\n  if (response.ok) log();\n  else { await 2post(b); }\n}',
    'async function notify() {\n  const { ok } = await 1post(a);\n  if (ok) return;\n  await 2post(b);\n}',
    'async function notify() {\n  if (await 1post(a)) { return; }\n  await 2post(b);\n}',
    'async function notify() {\n  let sent = false;\n  try { await 1post(a); sent = true; } catch (error) { warn(error); }\n  if (!sent) { await 2post(b); }\n}',
    'async function notify() {\n  try {\n    await 1post(a);\n    return;\n  } catch (error) { warn(error); }\n  await 2post(b);\n}',
    'async function notify() {\n  return (await 1post(a)) || (await 2post(b));\n}',
    'async function notify() {\n  for (const hook of hooks) {\n    try { await 1post(hook); return; } catch (error) { warn(error); }\n  }\n}',
    'async function notify() {\n  for (const hook of hooks) {\n    const { ok } = await 1post(hook);\n    if (ok) break;\n  }\n}',
    'async function notify() {\n  for (const hook of hooks) {\n    if (await 1post(hook)) return true;\n  }\n  return false;\n}',
  ])('%s', (code) => {
    expect(isInstead(code)).toBe(true);
  });
});

describe('a call that says the same to the next one is no substitute', () => {
  it.each([
    'async function notify() {\n  await 1post(a);\n  await 2post(b);\n}',
    'async function notify() {\n  for (const hook of hooks) await 1post(hook);\n}',
    'async function notify() {\n  for (const hook of hooks) {\n    try { await 1post(hook); } catch (error) { warn(error); }\n  }\n  return true;\n}',
    'async function notify() {\n  for (const hook of hooks) {\n    const { ok } = await 1post(hook);\n    if (!ok) { failed.push(hook); }\n  }\n}',
    'async function notify() {\n  for (const hook of hooks) {\n    if (stopped) break;\n    await 1post(hook);\n    if (stopped) break;\n  }\n}',
    'async function notify() {\n  try { await 1post(a); } catch (error) { warn(error); }\n  try { await 2post(b); } catch (error) { warn(error); }\n}',
    'async function notify() {\n  const { ok } = await 1post(a);\n  if (!ok) warn(a);\n  if (urgent) await 2post(b);\n}',
    'async function notify() {\n  await 1post(a).catch((error) => warn(error));\n  await 2post(b);\n}',
    'async function notify() {\n  await 2post(b);\n  const { ok } = await 1post(a);\n  if (ok) return;\n}',
    'async function notify() {\n  for (const hook of hooks) {\n    const { ok } = await 1post(hook);\n    if (!ok) names.find((name) => { return name === ok; });\n  }\n}',
  ])('%s', (code) => {
    expect(isInstead(code)).toBe(false);
  });
});
