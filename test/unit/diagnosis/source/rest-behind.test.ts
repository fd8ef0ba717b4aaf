import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { goesOnToSendBehind } from '../../../../src/diagnosis/source/rest-behind.ts';

const folder = mkdtempSync(join(tmpdir(), 'rest-behind-'));
const file = join(folder, 'child.mjs');

afterAll(() => rmSync(folder, { recursive: true }));

describe('code goes on to send behind a call', () => {
  it.each([
    ["process.send('ready');\nawait notify('open');", true],
    ["process.send('ready');\nsetTimeout(() => notify('expired'), 1000);", true],
    ["process.send('ready');\nsetTimeout(() => {\n  notify('expired');\n}, 1000);", true],
    ["if (busy) {\n  process.send('ready');\n}\nif (late) {\n  await notify('late');\n}", true],
    ["await notify('open');\nprocess.send('ready');", false],
    ["process.send('ready');\nprocess.send('done');", false],
    ["process.send('ready');\nprocess.on('message', (text) => notify(text));", false],
    ["process.send('ready');\nconst tell = (text) => notify(text);", false],
    ["process.send('ready');\nasync function tell(text) {\n  await notify(text);\n}", false],
    ["process.on('message', () => {\n  process.send('ready');\n});\nawait notify('open');", false],
  ])('%j: %s', (code, goesOn) => {
    writeFileSync(file, code);
    const before = code.slice(0, code.indexOf("process.send('ready')")).split('\n');
    expect(
      goesOnToSendBehind(`${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1 + 'process.'.length}`),
    ).toBe(goesOn);
  });
});
