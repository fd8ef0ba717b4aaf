import { describe, expect, it } from 'vitest';
import { holderOf } from '../../../src/diagnosis/python/held-stacks.ts';

const watcher = `Thread 0x00007f7b5b7fe6c0 (most recent call first):
  File "/opt/probe/timer_notify_probe/watch.py", line 74 in _look_for_ever
`;
const busy = `Thread 0x00007f7b5bfff6c0 (most recent call first):
  File "/usr/lib/python3.11/re/__init__.py", line 176 in search
  File "scan.py", line 13 in scan
  File "/opt/probe/timer_notify_probe/executors.py", line 54 in watched_run
  File "/usr/lib/python3.11/threading.py", line 975 in run
`;
const asleep = `Current thread 0x00007f7b69a60040 (most recent call first):
  File "/usr/lib/python3.11/selectors.py", line 468 in select
  File "scan.py", line 25 in <module>
`;

describe('the thread that holds the interpreter’s lock', () => {
  it('is the one that waits for nothing, its own code first and without the probe’s', () => {
    expect(holderOf([watcher, busy, asleep].join('\n'))).toEqual({
      tid: 0x7f7b5bfff6c0,
      stack: [
        'scan.py:13 (scan)',
        '/usr/lib/python3.11/re/__init__.py:176 (search)',
        '/usr/lib/python3.11/threading.py:975 (run)',
      ],
    });
  });

  it('is not named where two threads may be it', () => {
    expect(holderOf([busy, busy].join('\n'))).toBeNull();
  });

  it('is not named where all wait', () => {
    expect(holderOf([watcher, asleep].join('\n'))).toBeNull();
  });
});
