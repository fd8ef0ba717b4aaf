import { describe, expect, it } from 'vitest';
import { holdersList } from '../../../../src/diagnosis/inspect/holder-text.ts';

describe('who can settle a promise', () => {
  it('is said in words where it is Node’s, each once', () => {
    expect(
      holdersList([
        { kind: 'timer', text: 'Timeout' },
        { kind: 'timer', text: 'FastTimer' },
        { kind: 'request', text: 'ClientRequest' },
        { kind: 'thread', text: 'MessagePort' },
      ]),
    ).toBe('a timer, a request, a message port');
  });

  it('keeps its name where it is the program’s', () => {
    expect(holdersList([{ kind: 'program', text: 'Lock.waiters' }])).toBe('Lock.waiters');
    expect(holdersList([{ kind: 'program', text: 'Client' }])).toBe('Client');
    expect(holdersList([{ kind: 'program', text: 'FixedCircularBuffer.list' }])).toBe('a queue of Node’s');
    expect(holdersList([{ kind: 'timer', text: 'Bottleneck' }])).toBe('a timer of Bottleneck');
  });
});
