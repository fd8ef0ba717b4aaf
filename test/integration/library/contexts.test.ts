import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { contextNames } from '../../../dist/model/names.js';

const script = fileURLToPath(new URL('../../benchmark/contexts.mjs', import.meta.url));

// 100,000 from each take minutes: `node test/benchmark/contexts.mjs 100000`.
it('delivers 1 and 1,000 from every thread context, each once', { timeout: 300_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, '1', '1000']);
  const rows = stdout.split('\n').filter((line) => line.includes(' ✔') || line.includes('skipped: redis'));
  expect(rows).toHaveLength(2 * contextNames.length);
});
