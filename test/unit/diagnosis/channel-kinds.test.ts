import { describe, expect, it } from 'vitest';
import { kindsTold, mayBeFor } from '../../../src/diagnosis/node/channel-kinds.ts';

const told = (text: string) => kindsTold(text, (code) => /\bsend\(/.test(code));

describe('what a listener tells its messages apart by', () => {
  it.each([
    ['a branch', "if (m.type === 'alarm') send(m); else log(m);", ['alarm'], []],
    ['a block', "if (m.type === 'stop') { port.close(); }\nsend(m);", [], ['stop']],
    ['an early return', "if (m.type === 'stop') return port.close();\nawait send(m);", [], ['stop']],
    ['an early return of all others', "if (m.type !== 'alarm') return;\nsend(m);", ['alarm'], []],
    [
      'cases',
      "switch (m.type) {\n  case 'stop': return port.close();\n  case 'alarm': send(m); break;\n  case \"tick\": log(m);\n}",
      ['alarm'],
      ['stop', 'tick'],
    ],
    ['nothing', 'send(m)', [], []],
  ])('%s', (_case, text, sentFor, others) => {
    expect(told(text)).toEqual({ sentFor, others });
  });

  it.each([
    ['it sends for that kind', ['alarm'], { sentFor: ['alarm'], others: [], conditional: true }, true],
    ['it sends for another kind', ['hello'], { sentFor: ['alarm'], others: [], conditional: true }, false],
    [
      'it does something else for that kind',
      ['stop'],
      { sentFor: [], others: ['stop'], conditional: true },
      false,
    ],
    ['it sends for all that are left', ['alarm'], { sentFor: [], others: ['stop'], conditional: true }, true],
    ['it sends whatever comes', [], { sentFor: [], others: [], conditional: false }, true],
    ['it decides by something else', ['alarm'], { sentFor: [], others: [], conditional: true }, false],
  ])('%s', (_case, kinds, listener, expected) => {
    expect(mayBeFor(kinds, listener)).toBe(expected);
  });
});
