import { describe, expect, it } from 'vitest';
import { awaitSurroundings } from '../../../../src/diagnosis/source/await-surroundings.ts';
import { functionAt, restOfFunction, withoutTexts } from '../../../../src/diagnosis/source/source-text.ts';

/** The await stands where the mark is. */
function around(marked: string, functionText = ''): ReturnType<typeof awaitSurroundings> {
  const at = marked.indexOf('@');
  const source = marked.replace('@', '');
  const before = marked.slice(0, at).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  return awaitSurroundings(source, functionText, { line: before.length, column });
}

describe('what stands around an await', () => {
  it('is the rest of its function, and no more', () => {
    const text = 'async function f() {\n  await lock();\n  send();\n}';
    const marked = `${text.replace('await', '@await')}\nother();\n`;
    expect(around(marked, text).after).toBe('await lock();\n  send();\n}');
  });

  it('say whether the function listens for the end of the process', () => {
    const text = 'async () => {\n  await say();\n}';
    const marked = text.replace('await', '@await');
    expect(around(`process.on('exit', ${marked});\n`, text).inExitListener).toBe(true);
    expect(around(`process.once("exit", ${marked});\n`, text).inExitListener).toBe(true);
    expect(around(`process.on('SIGTERM', ${marked});\n`, text).inExitListener).toBeUndefined();
    expect(around(`bot.on('exit-poll', ${marked});\n`, text).inExitListener).toBeUndefined();
  });

  it('begins with the calls that wait for it', () => {
    expect(around('tell(id, { text: @await ask() });\n').after).toMatch(/^tell\(await ask/);
    expect(around('later(() => @await ask());\n').after).toMatch(/^await ask/);
    expect(around('later(async () => {\n  @await ask();\n});\n').after).toMatch(/^await ask/);
    expect(around('done();\n@await ask();\n').after).toMatch(/^await ask/);
  });

  it('goes on behind a template literal in which it stands', () => {
    const { after } = around('const key = `Bearer $' + '{@await token()}`;\nsend(`x`);\n');
    expect(withoutTexts(after)).toMatch(/^ +;\nsend\( +\);\n$/);
  });

  it('is the rest of the module for a top-level await', () => {
    expect(around('start();\n@await ready;\nsend();\n').after).toBe('await ready;\nsend();\n');
  });

  it.each([
    ['while (true) {\n  const job = @await take();\n  send(job);\n}'],
    ['for (;;) {\n  @await take();\n}'],
    ['while (queue.isOpen) @await take();'],
    ['@for await (const job of jobs) send(job);'],
    ['for await (const [job@] of jobs) send(job);'],
    ['do {\n  if (a) {\n    @await take();\n  }\n} while (on);'],
  ])('is a loop without a bound: %s', (marked) => {
    expect(around(marked).inEndlessLoop).toBe(true);
  });

  it.each([
    ['for (const job of jobs) {\n  @await lock();\n  send(job);\n}'],
    ['for (let n = 0; n < 3; n += 1) {\n  @await lock();\n}'],
    ['while (true) {\n  if (done) break;\n}\n@await lock();'],
    ['// while (true) {\n@await lock();'],
    ['log("while (true) {");\n@await lock();'],
  ])('is no such loop: %s', (marked) => {
    expect(around(marked).inEndlessLoop).toBe(false);
  });
});

function place(marked: string) {
  const at = marked.indexOf('@');
  const before = marked.slice(0, at).split('\n');
  return { source: marked.replace('@', ''), line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

describe('what a function does after a call', () => {
  it.each([
    ['function f() {\n  @render();\n  send();\n}\nother();', 'render();\n  send();\n'],
    ['on(() => {\n  if (a) {\n    @render();\n  }\n  send();\n});\nother();', 'render();\n  }\n  send();\n'],
    ['later(() => @render());\nsend();', ''],
    ['for (;;) { @render(); }\nsend();', 'render(); }\nsend();'],
  ])('ends with the function: %s', (marked, rest) => {
    const { source, ...at } = place(marked);
    expect(restOfFunction(source, at)).toBe(rest);
  });
});

describe('a function that is an argument', () => {
  it.each([
    ['x.then(@(reply) => reply.json()).catch(no)', '(reply) => reply.json()'],
    ['x.then(@function (a, b) {\n  return a;\n}, other)', 'function (a, b) {\n  return a;\n}'],
  ])('ends where the argument ends: %s', (marked, text) => {
    const { source, ...at } = place(marked);
    expect(functionAt(source, at)).toBe(text);
  });
});
