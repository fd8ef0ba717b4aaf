import { describe, expect, it } from 'vitest';
import { awaitedExpression, valueOfLoop } from '../../../../src/diagnosis/inspect/awaits.ts';

describe('the expression that is awaited', () => {
  it.each([
    ['await lock.acquire();', 'lock.acquire()'],
    ['await limiter(() => post({ a, b })), 2)', 'limiter(() => post({ a, b }))'],
    [
      'await fetch(url)\n  .then((reply) => reply.json())\nnext()',
      'fetch(url) .then((reply) => reply.json())',
    ],
    ['yield value', ''],
  ])('%j is %j', (text, expression) => {
    expect(awaitedExpression(text)).toBe(expression);
  });
});

describe('what a loop over an async iterable waits for', () => {
  it.each([
    ["for await (const [at] of on(clock, 'tick')) {", 'at]', "the next value of on(clock, 'tick')"],
    ['  for await (const line of lines) print(line);', 'line of', 'the next value of lines'],
    [
      'for await (const a of one()) for await (const b of two(a)) send(b);',
      'b of',
      'the next value of two(a)',
    ],
    ['const value = yield;', 'yield', ''],
    ['send(at); for await (const a of one()) use(a);', 'send', ''],
  ])('%j at %j is %j', (line, at, expression) => {
    expect(valueOfLoop(line, line.indexOf(at))).toBe(expression);
  });
});
