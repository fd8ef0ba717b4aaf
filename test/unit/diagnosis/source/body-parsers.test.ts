import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bodyParserBefore } from '../../../../src/diagnosis/source/body-parsers.ts';

const folder = mkdtempSync(join(tmpdir(), 'body-parsers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'relay.mjs');
writeFileSync(
  file,
  '// express.json()\napp.use(express.json());\napp.use((req, res, next) => {\n  next();\n});\n',
);
const proxy = '/app/node_modules/http-proxy/lib/http-proxy/index.js:81:21';

describe('the body parser before a proxy', () => {
  it('is the one in the file that the request goes through', () => {
    expect(bodyParserBefore([`${file}:4:3`, proxy])).toBe(`${file}:2:17`);
  });

  it('is none where no proxy passes it on, or none is used before', () => {
    expect(bodyParserBefore([`${file}:4:3`])).toBeNull();
    expect(bodyParserBefore([`${file}:2:1`, proxy])).toBeNull();
    expect(bodyParserBefore([proxy])).toBeNull();
  });
});
