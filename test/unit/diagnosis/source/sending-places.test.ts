import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sendingPlaces } from '../../../../src/diagnosis/source/sending-places.ts';

const folder = mkdtempSync(join(tmpdir(), 'sending-places-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

describe('where a program calls a client', () => {
  it('is each call in its first file and in those that it imports, once', () => {
    const bot = written('bot.mjs', "import './hook.mjs';\nconst say = () => axios.post(url);\n");
    const hook = written('hook.mjs', "import './bot.mjs';\nexport const tell = () => fetch(url);\n");
    expect(sendingPlaces(bot)).toEqual([`${bot}:2:25`, `${hook}:2:27`]);
  });

  it('is nothing that is only said, or that cannot be read', () => {
    const file = written(
      'quiet.mjs',
      "// fetch(url)\nconst text = 'fetch(url)';\n// import './bot.mjs'\nclient.fetch(url);\n",
    );
    expect(sendingPlaces(file)).toEqual([]);
    expect(sendingPlaces(join(folder, 'none.mjs'))).toEqual([]);
  });
});
