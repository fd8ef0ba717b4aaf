import { describe, expect, it } from 'vitest';
import { sendsOnlyAtShutdown } from '../../../../src/diagnosis/inspect/await-findings.ts';

describe('what waits until the program is told to stop', () => {
  it.each([
    ['stopped', 'stop', "stopped; await send('Bot is going offline')", true],
    ['this.#done', 'shutdown', "this.#done; await post('bye')", true],
    // It is to send something else.
    ['stopped', 'stop', "stopped; await send('Timer expired')", false],
    // It is on its way to stop, and waits for something else.
    ['lock.acquire()', 'waiters', "lock.acquire(); await send('Bot is going offline')", false],
    // What it waits for sends itself.
    ["send('stop')", 'stop', "send('stop'); await send('bye')", false],
  ])('await %s, held by %s, then %s: %s', (expression, holder, after, expected) => {
    const place = { function: 'run', file: '/bot.mjs', line: 1, column: 1 };
    const chain = [{ ...place, after, inEndlessLoop: false, afterLoop: null }];
    const holders = [{ kind: 'program' as const, text: holder }];
    expect(sendsOnlyAtShutdown({ chain, expression, holders })).toBe(expected);
  });
});
