import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { laterIterationSucceeded } from '../../../../src/diagnosis/source/next-round.ts';

const folder = mkdtempSync(join(tmpdir(), 'next-round-'));
const file = join(folder, 'bot.mjs');

afterAll(() => rmSync(folder, { recursive: true }));

const turn = [
  'async function turn() {',
  '  for (const job of await receive()) await deliver(job);',
  '}',
  'async function report() {',
  '  await deliver(all());',
  '}',
];

/** Whether the silenced error of `await receive` is made up for by a request that came through the text. */
function isMadeUpFor(
  round: readonly string[],
  taker: string,
  later: string | null,
  broken = 'await receive',
): boolean {
  const lines = [...turn, ...round];
  writeFileSync(file, lines.join('\n'));
  const frameAt = (text: string) => {
    const line = lines.findIndex((one) => one.includes(text));
    return `${file}:${line + 1}:${(lines[line] ?? '').indexOf(text) + 1}`;
  };
  const requests = later === null ? [] : [[`${file}:99:1`, frameAt(later)]];
  return laterIterationSucceeded([frameAt(broken)], frameAt(taker), requests);
}

describe('an error that was silenced cost one round of a task', () => {
  it.each([
    [['function poll() {', '  turn().finally(() => setTimeout(poll, 300)).catch(() => {});', '}'], 'catch('],
    [
      [
        'const poll = async () => {',
        '  try { await turn(); } catch {}',
        '  setTimeout(() => poll(), 300);',
        '};',
      ],
      'await turn',
    ],
    [['setInterval(async () => {', '  try { await turn(); } catch {}', '}, 300);'], 'await turn'],
    [['function poll() {', '  turn().catch(() => {});', '}', 'setInterval(poll, 300);'], 'catch('],
    [
      [
        'async function run() {',
        '  while (!stopped) {',
        '    try { await turn(); } catch {}',
        '    await sleep(300);',
        '  }',
        '}',
      ],
      'await turn',
    ],
    [
      [
        'async function poll() {',
        '  await turn().catch(() => {});',
        '  await sleep(300);',
        '  return poll();',
        '}',
      ],
      'catch(',
    ],
  ])('%s', (round, taker) => {
    expect(isMadeUpFor(round, taker, 'deliver(job)')).toBe(true);
  });

  const poll = ['function poll() {', '  turn().finally(() => setTimeout(poll, 300)).catch(() => {});', '}'];

  it.each([
    ['no request came afterwards', null],
    ['those that came got no further than it had', 'receive()'],
    ['they are of other code', 'deliver(all())'],
  ])('not where %s', (_, later) => {
    expect(isMadeUpFor(poll, 'catch(', later)).toBe(false);
  });

  it.each([
    ['it is not set again', ['function poll() {', '  turn().catch(() => {});', '}', 'poll();'], 'catch('],
    [
      'what it was to send is lost',
      ['function poll() {', '  turn(jobs.shift()).catch(() => {});', '  setTimeout(poll, 300);', '}'],
      'catch(',
    ],
    [
      'it is one of several',
      [
        'async function all() {',
        '  for (const user of users) {',
        '    try { await turn(user); } catch {}',
        '  }',
        '}',
      ],
      'await turn',
    ],
    [
      'it was started for one thing',
      ['function remind(user) {', '  turn(user).catch(() => {});', '  setTimeout(remind, 300);', '}'],
      'catch(',
    ],
  ])('not where %s', (_, round, taker) => {
    expect(isMadeUpFor(round, taker, 'deliver(job)')).toBe(false);
  });

  const given = 'text(await receive';
  const inArguments = (first: string) => [
    'setInterval(() => {',
    `  ${first}`,
    '  try { deliver(text(await receive())); } catch {}',
    '}, 300);',
  ];

  it('where the later request is of the call that was to be given it', () => {
    const round = inArguments('if (!isNew) return;');
    expect(isMadeUpFor(round, given, 'deliver(text', given)).toBe(true);
  });

  it.each(['all = [];', 'this.#all = new Map();', 'all.length = 0;', 'all.clear();'])(
    'not where all that is to be sent was taken out before: %s',
    (taking) => {
      const round = inArguments(taking);
      expect(isMadeUpFor(round, given, 'deliver(text', given)).toBe(false);
    },
  );
});
