import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { observeNode } from '../../../dist/diagnosis/node/observer.js';
import type { ProgramRecord } from '../../../dist/diagnosis/record.js';

const program = fileURLToPath(new URL('./busy-program.process.mjs', import.meta.url));
const plain = 3000;

async function recordOf(last: string): Promise<ProgramRecord> {
  const observer = observeNode({ command: [], hangAfterMs: 2000, isRelevant: () => true });
  const child = spawn(process.execPath, [program, last], { env: observer.environment(process.env) });
  const [exitCode] = await once(child, 'close');
  observer.poll();
  observer.close();
  const at = Number(process.hrtime.bigint()) / 1e6;
  return observer.finish({ kind: 'exited', at, exitCode: Number(exitCode), signal: null });
}

it('counts every request of a program that sends as fast as it can', async () => {
  const { started, succeeded } = await recordOf('nothing');
  expect({ started, succeeded }).toEqual({ started: plain, succeeded: plain });
});

it.each([
  ['broken', { status: 500 }],
  ['refused', { refusal: 'channel_not_found' }],
  ['unanswered', { endedAt: null }],
] as const)('tells the one %s request among thousands', async (last, expected) => {
  const { requests } = await recordOf(last);
  expect(requests.filter(({ path }) => path === `/${last}`)).toMatchObject([expected]);
});

it('takes a try that failed for made good by the same message at another host', async () => {
  const { requests } = await recordOf('fallback');
  expect(requests.filter(({ path, failure }) => path === '/fallback' && failure !== null)).toMatchObject([
    { failure: { code: 'ECONNREFUSED' }, retried: true },
  ]);
});
