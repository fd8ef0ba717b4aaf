import { describe, expect, it } from 'vitest';
import { Joiner } from '../../../src/diagnosis/node/joiner.ts';
import { diagnose } from '../../../src/diagnosis/rules/index.ts';
import { beats, main, type Recording, threadStarts } from './recorded.ts';

const child = '200.0';

const stopsItsChild: Recording = [
  threadStarts(main),
  [main, { e: 'stack', id: 1, frames: ['/app/app.js:5:9 (start)'] }],
  [main, { e: 'stack', id: 2, frames: ['/app/app.js:20:7 (backup)'] }],
  [main, { e: 'child', t: 10, pid: 200, file: 'node', stack: 1 }],
  threadStarts(child, 50),
  ...beats(child, 100, 900),
  [child, { e: 'timer-set', t: 950, id: 1, delayMs: 1000, repeats: false, isSleep: false, stack: null }],
  [main, { e: 'child-kill', t: 1000, pid: 200, signal: 'SIGSTOP', by: 'program', stack: 2 }],
  ...beats(main, 200, 8000),
];

function found(recording: Recording) {
  const joiner = new Joiner(() => true);
  for (const [thread, event] of recording) joiner.add(thread, event);
  const end = { kind: 'timeout', at: 8100, exitCode: null, signal: null } as const;
  const record = joiner.finish(end, (pid) => (pid === 200 ? 'stopped' : null));
  return diagnose(record, { hangAfterMs: 2000 }).findings;
}

describe('a child that its parent has stopped while it had to send', () => {
  it('comes with the place of the signal', () => {
    const [first] = found(stopsItsChild);
    expect(first?.code).toBe('process-suspended');
    expect(first?.evidence.join('\n')).toContain('sent it SIGSTOP at /app/app.js:20:7 (backup)');
    expect(first?.stack).toEqual(['/app/app.js:20:7 (backup)']);
    expect(first?.fix).toContain('SIGCONT');
  });

  it('comes with the command that was to send it, where the program only started that', () => {
    const stoppedBy = (pid: number) =>
      found(
        stopsItsChild.map(([thread, event]) =>
          event.e === 'child-kill'
            ? [main, { e: 'stop-command', t: 1000, pids: [pid], signal: 'SIGSTOP', stack: 2 }]
            : [thread, event],
        ),
      )[0];
    expect(stoppedBy(200)?.stack).toEqual(['/app/app.js:20:7 (backup)']);
    expect(stoppedBy(200)?.evidence.join('\n')).toContain('a command that was to send it SIGSTOP at');
    expect(stoppedBy(201)?.stack).toEqual([]);
  });

  it('also where it is killed in the end', () => {
    const killed: Recording = [
      ...stopsItsChild,
      [main, { e: 'child-kill', t: 7000, pid: 200, signal: 'SIGKILL', by: 'program', stack: 1 }],
      [main, { e: 'child-exit', t: 7010, pid: 200, code: null, signal: 'SIGKILL' }],
    ];
    expect(found(killed)[0]?.stack).toEqual(['/app/app.js:20:7 (backup)']);
  });
});
