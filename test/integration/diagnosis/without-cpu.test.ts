import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { ProcessSamples, withoutCpuMs } from '../../../dist/diagnosis/collect/process-samples.js';

const onLinux = process.platform === 'linux';
const running: ChildProcess[] = [];

/** Uses a CPU without end, together with the others only the first one that this process may use. */
function spin(niceness: number): number {
  const [, cpu = '0'] = /Cpus_allowed_list:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  const args = ['-c', cpu, 'nice', '-n', String(niceness), process.execPath, '-e', 'for (;;);'];
  const child = spawn('taskset', args, { stdio: 'ignore' });
  running.push(child);
  return child.pid ?? 0;
}

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

it.runIf(onLinux)('knows how long a process was ready and got no CPU', async () => {
  const waiting = spin(19);
  spin(0);
  while (withoutCpuMs([waiting]) < 500) await setImmediate();
  expect(withoutCpuMs([waiting])).toBeGreaterThanOrEqual(500);
});

it.runIf(onLinux)(
  'says of a process that waited for a CPU that it was starved, also without a sample meanwhile',
  async () => {
    const waiting = spin(19);
    spin(0);
    while (withoutCpuMs([waiting]) < 100) await setImmediate();
    const samples = new ProcessSamples();
    samples.take(waiting, 0);
    while (withoutCpuMs([waiting]) < 1100) await setImmediate();
    samples.take(waiting, 1000);
    expect(samples.suspendedBetween(waiting, 100, 900, 500)).toBe('starved');
  },
);

it('knows nothing of a process that is gone', () => {
  expect(withoutCpuMs([2 ** 22 + 1])).toBe(0);
});
