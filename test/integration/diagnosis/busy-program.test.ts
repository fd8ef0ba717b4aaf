import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { RecordTail } from '../../../dist/diagnosis/collect/tail.js';
import { Joiner } from '../../../dist/diagnosis/node/joiner.js';
import { createRecordDirectory } from '../../../dist/diagnosis/node/record-directory.js';
import type { ProgramRecord } from '../../../dist/diagnosis/record.js';

const program = fileURLToPath(new URL('./busy-program.process.mjs', import.meta.url));
const plain = 3000;

async function recordOf(last: string): Promise<ProgramRecord> {
  const directory = createRecordDirectory();
  const child = spawn(process.execPath, [program, last], { env: directory.environment(process.env) });
  const [exitCode] = await once(child, 'close');
  const joiner = new Joiner(() => true);
  const tail = new RecordTail(directory.path, (thread, event) => joiner.add(thread, event));
  tail.poll();
  tail.close();
  directory.remove();
  const at = Number(process.hrtime.bigint()) / 1e6;
  return joiner.finish({ kind: 'exited', at, exitCode: Number(exitCode), signal: null });
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
