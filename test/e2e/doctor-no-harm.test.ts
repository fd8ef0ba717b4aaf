import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { timerNotify } from './cli.ts';

const programs = {
  'a signal’s listener': `
    process.on('SIGUSR2', () => { throw new Error('in a listener'); });
    setTimeout(() => process.emit('SIGUSR2'), 50);`,
  'a message’s listener': `
    const { port1, port2 } = new MessageChannel();
    port1.on('message', () => { throw new Error('in a listener'); });
    port2.postMessage('now');`,
  'a timer': `setTimeout(() => { throw new Error('in a timer'); }, 50);`,
  'a worker': `
    const { Worker } = require('node:worker_threads');
    new Worker("setTimeout(() => { throw new Error('in a worker'); }, 50)", { eval: true });`,
};

describe('an error that nobody catches', () => {
  it.concurrent.each(Object.entries(programs))(
    'in %s prints the stack that it prints without the doctor',
    async (_where, code) => {
      const alone = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'pipe'] });
      const [printed] = await Promise.all([text(alone.stderr), once(alone, 'close')]);
      const watched = await timerNotify('doctor', '--', process.execPath, '-e', code);
      expect(watched.stderr).toContain(framesIn(printed));
    },
  );
});

/** The error's own stack in what was printed. */
function framesIn(printed: string): string {
  const lines = printed.split('\n');
  const first = lines.findIndex((line) => line.startsWith('Error: '));
  const length = lines.slice(first + 1).findIndex((line) => !/^\s+at /.test(line));
  return lines.slice(first, first + 1 + length).join('\n');
}

const mocking = {
  'mock.method of node:test on fetch': `
    const { mock } = require('node:test');
    const fake = mock.method(globalThis, 'fetch', async () => Response.json({ ok: true }));
    fetch('http://127.0.0.1:9/').then(() => {
      fake.mock.restore();
      console.log('mocked', fake.mock.callCount(), Object.keys(Object.getOwnPropertyDescriptor(globalThis, 'fetch')));
    });`,
};

describe('a mock in the program', () => {
  it.concurrent.each(Object.entries(mocking))('%s prints what it prints alone', async (_what, code) => {
    const alone = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = await Promise.all([text(alone.stdout), once(alone, 'close')]);
    expect(printed).toContain('mocked 1');
    const watched = await timerNotify('doctor', '--', process.execPath, '-e', code);
    expect(watched.stderr + watched.stdout).toContain(printed.trim());
  });
});
