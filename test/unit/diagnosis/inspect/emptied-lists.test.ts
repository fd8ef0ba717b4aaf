import { describe, expect, it } from 'vitest';
import { emptyings } from '../../../../src/diagnosis/inspect/emptied-lists.ts';
import { exitHandlersIn, isHandledIn } from '../../../../src/diagnosis/inspect/exit-handlers.ts';
import { Source } from '../../../../src/diagnosis/inspect/own-code.ts';

const listsIn = (text: string) =>
  emptyings(new Source(text), (call) => /(?:fetch|send|alert)\w*\(/.test(call)).map(({ list, ofClass }) =>
    ofClass === null ? list : `${ofClass}.${list}`,
  );
const everySecond = (statements: string) => `setInterval(async () => {\n${statements}\n}, 1000);\n`;
const batcher = (statements: string) =>
  `class Digest {\n  #lines = [];\n  rounds = setInterval(() => this.flush(), 1000);\n  async flush() {\n${statements}\n  }\n}\n`;

describe('a list that a timer’s function empties and sends', () => {
  it.each([
    ['in the call that sends', everySecond('send(hits.splice(0));')],
    ['unless it is empty', everySecond('if (hits.length === 0) return;\nsend(hits);\nhits = [];')],
    ['inside of that condition', everySecond('if (hits.length > 0) {\n  send(hits);\n  hits.length = 0;\n}')],
    ['after that in one statement', everySecond('hits.length && send(hits.splice(0));')],
    ['by another variable', everySecond('const taken = hits;\nhits = [];\nawait send(taken);')],
    ['in a text', everySecond(`const taken = hits.splice(0);\nawait send(\`new: \${taken.join()}\`);`)],
    ['one by one', everySecond('for (const hit of hits.splice(0)) await send(hit);')],
    [
      'by a function for each',
      everySecond('const all = hits.splice(0);\nawait Promise.all(all.map((hit) => send(hit)));'),
    ],
    [
      'while nothing else is logged',
      everySecond('if (verbose) console.log(1);\nconst a = hits.splice(0);\nsend({ a: a.join() });'),
    ],
    ['without semicolons', everySecond('const taken = hits.splice(0)\nawait send(url, taken)')],
  ])('%s', (_case, text) => {
    expect(listsIn(text)).toEqual(['hits']);
  });

  it('of the objects of a class, where no round is under way', () => {
    const statements =
      'if (this.sending || this.#lines.length === 0) return;\nconst body = this.#lines.splice(0).join();\nawait fetch(url, { method, body });';
    expect(listsIn(batcher(statements))).toEqual(['Digest.lines']);
  });

  it.each([
    ['above a limit only', everySecond('if (hits.length > 100) alert(hits.length);\nhits = [];')],
    [
      'above a limit only, with what it holds',
      everySecond('if (hits.length > 100) alert(hits);\nhits = [];'),
    ],
    ['unless below a limit', everySecond('if (hits.length < 100) return;\nalert(hits);\nhits = [];')],
    ['above a limit in one statement', everySecond('hits.length > 100 && alert(hits);\nhits = [];')],
    [
      'on a condition of another kind',
      everySecond('const taken = hits.splice(0);\nif (isDay()) send(taken);'),
    ],
    ['as a number only', everySecond('send(hits.length);\nhits = [];')],
    ['those of a kind', everySecond('const bad = hits.splice(0).filter(isBad);\nsend(bad);')],
    [
      'those of a kind, one by one',
      everySecond('for (const hit of hits.splice(0)) {\n  if (hit.ok) continue;\n  send(hit);\n}'),
    ],
    ['beside something else', everySecond('const taken = hits.splice(0);\nstore(taken);\nsend(now);')],
    ['not by a timer', 'function flush() { send(hits.splice(0)); }\nsetInterval(other, 1);'],
    ['in a bundle', `${everySecond('send(hits.splice(0));')}${';'.repeat(600_000)}`],
  ])('is none where it is sent %s', (_case, text) => {
    expect(listsIn(text)).toEqual([]);
  });

  it('is one, too, where a timer calls the function by another way', () => {
    const text =
      'const publish = async () => { await send(hits.splice(0)); };\nconst later = debounce(publish, 100);';
    const call = (code: string) => /send\(/.test(code);
    expect(emptyings(new Source(text), call, () => true).map(({ list }) => list)).toEqual(['hits']);
    expect(emptyings(new Source(text), call, () => false)).toEqual([]);
  });

  it('is looked for in one pass', () => {
    const many = 'function f() { if (a) { x = []; } }\n'.repeat(12_000);
    expect(listsIn(many + everySecond('send(hits.splice(0));'))).toEqual(['hits']);
  });
});

describe('a listener for the end', () => {
  it.each([
    ['that names it', "process.on('exit', () => appendFileSync(file, lines.join()));", true],
    [
      'whose function names it',
      "process.once('SIGTERM', () => flush());\nfunction flush() { save(lines); }",
      true,
    ],
    [
      'whose function names it in a text',
      `process.once('exit', () => flush());\nfunction flush() { print(\`\${lines.join()}\`); }`,
      true,
    ],
    [
      'that is such a function',
      "process.on('beforeExit', saveAll);\nconst saveAll = () => { save(lines); };",
      true,
    ],
    ['of something else', "process.on('exit', () => console.log('bye'));\nsave(lines);", false],
    ['before process.exit()', 'setTimeout(() => { save(lines); process.exit(0); });', true],
    [
      'before process.exit(), by its function',
      'if (done) {\n  keep();\n  process.exit(0);\n}\nfunction keep() { save(lines); }',
      true,
    ],
    ['that only adds to it before process.exit()', "lines.push('bye');\nprocess.exit(0);", false],
    ['in a comment', "// process.on('exit', () => save(lines))", false],
  ])('%s', (_case, text, expected) => {
    const source = new Source(text);
    expect(isHandledIn({ list: 'lines', ofClass: null }, exitHandlersIn([source]), source)).toBe(expected);
  });
  it('before process.exit() names the list of an object as one', () => {
    const seen = (text: string) =>
      isHandledIn({ list: 'lines', ofClass: 'Log' }, exitHandlersIn([new Source(text)]), new Source(text));
    expect(seen('save(log.lines);\nprocess.exit(0);')).toBe(true);
    expect(
      seen('main().then(() => process.exit(0));\nfunction main() { const lines = 2; print(lines); }'),
    ).toBe(false);
  });
});
