import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  orByCallOf,
  placeBrokenOffBefore,
  placeThatCatches,
  placeThatOnlyLogs,
  placeThatSilences,
  placeThatSilencesRefusal,
} from '../../../../src/diagnosis/source/placed-catch.ts';

const folder = mkdtempSync(join(tmpdir(), 'placed-catch-'));
const file = join(folder, 'bot.mjs');

afterAll(() => rmSync(folder, { recursive: true }));

const notify = [
  'async function notify(timer) {',
  '  const text = timer.name.trim();',
  '  await post(text);',
  '}',
];
const thrower = [
  'function notify(timer) {',
  '  const text = timer.name.trim();',
  '  fetch(hook, text);',
  '}',
];

/** Writes the lines, and gives the frames of the places that are asked for by their text. */
function framesAt(lines: readonly string[], ...texts: readonly string[]): readonly string[] {
  writeFileSync(file, lines.join('\n'));
  return texts.map((text) => {
    const line = lines.findIndex((one) => one.includes(text));
    return `${file}:${line + 1}:${(lines[line] ?? '').indexOf(text) + 1}`;
  });
}

describe('a promise that was rejected before its request is silenced', () => {
  it.each([
    ['notify(timer).catch(() => {});', 'catch', true],
    ['timers.map((timer) => notify(timer).catch(() => null));', 'catch', true],
    ['notify(timer).catch(noop);', 'catch', true],
    ['notify(timer).catch(() => { stats.failed += 1; });', 'catch', true],
    ['notify(timer).then(() => sent++, () => { failed++; });', 'then', true],
    ['notify(timer).then(() => sent++, () => tellAgain());', 'then', false],
    [
      'const all = timers.map((timer) => notify(timer).catch(() => { failed++; })); await Promise.all(all);',
      'catch',
      true,
    ],
    ['const all = timers.map((timer) => notify(timer).catch(() => false)); tell(all);', 'catch', false],
    ['const sent = await notify(timer).catch(() => false);', 'catch', false],
    ['notify(timer).catch((error) => console.error(error));', 'catch', false],
    ['await Promise.allSettled(timers.map(notify));', 'allSettled', true],
    [
      'const all = await Promise.allSettled(timers.map(notify)); retry(all.filter((one) => one.reason));',
      'allSettled',
      false,
    ],
    ['try { await notify(timer); } catch {}', 'await notify', true],
    ['for (const way of ways) { try { await notify(way); break; } catch {} }', 'await notify', false],
    ['try { await notify(timer); } catch { await postPlainText(); }', 'await notify', false],
    ['await notify(timer);', 'await notify', false],
  ])('%s: %s', (line, taker, isSilenced) => {
    const frames = framesAt([...notify, line], 'name.trim', taker);
    const [thrown = '', taken = ''] = frames;
    expect(placeThatSilences([thrown], [taken])).toBe(isSilenced ? taken : null);
  });

  it('not where it was only to be looked up', () => {
    const lines = [
      'async function look(id) {',
      '  return names.get(id).trim();',
      '}',
      'look(id).catch(() => {});',
    ];
    const [thrown = '', taken = ''] = framesAt(lines, 'trim', 'catch');
    expect(placeThatSilences([thrown], [taken])).toBeNull();
  });
});

describe('an error that was thrown before a request is silenced', () => {
  it.each([
    [thrower, 'try { notify(timer); } catch {}', true],
    [thrower, 'try { notify(timer); } catch (error) { log(error); }', false],
    [thrower, 'notify(timer);', false],
    [notify, 'try { notify(timer); } catch {}', false],
  ])('%s … %s: %s', (code, line, isSilenced) => {
    const [thrown = '', called = ''] = framesAt([...code, '', line], 'name.trim', 'notify(timer);');
    expect(placeThatCatches([thrown, called])).toBe(isSilenced ? called : null);
  });

  it('not where a package may have caught it', () => {
    const [thrown = ''] = framesAt(thrower, 'name.trim');
    expect(placeThatCatches([thrown, '/app/node_modules/queue/index.js:3:4'])).toBeNull();
  });
});

describe('an error of what a call was to be given is silenced', () => {
  const render = ['function render(price) {', '  return price.value.toFixed(2);', '}'];

  it.each([
    ['try { post("now " + render(news)).catch(() => {}); } catch {}', true],
    ['try { tell(\n render(news)); } catch {}', true],
    ['try { paint(render(news)); } catch {}', false],
    ['try { tell(render(news)); } catch (error) { console.error(error); }', false],
  ])('%s', (code, isSilenced) => {
    const lines = [...render, ...`${code}\n`.split('\n')];
    const [thrown = '', place = ''] = framesAt(lines, 'value.toFixed', 'render(news)');
    const sends = orByCallOf(new Set(['tell']));
    expect(placeThatCatches([thrown, place], sends)).toBe(isSilenced ? place : null);
  });

  it('is not where nothing has been sent by that call', () => {
    const lines = [...render, 'try { tell(render(now)); } catch {}'];
    const places = framesAt(lines, 'value.toFixed', 'render(now)');
    expect(placeThatCatches(places)).toBeNull();
    expect(placeThatCatches(places, orByCallOf(new Set()))).toBeNull();
  });
});

describe('an error of a stream’s operator is silenced', () => {
  const rxjs = '/app/node_modules/rxjs/dist/cjs/internal/operators/map.js:10:37';
  const operator = '  map((one) => ({ to: one.owner.id })),';

  it.each([
    ['  concatMap(post),', '  catchError(() => EMPTY),', true],
    ['  concatMap(post),', '  catchError((_) => of(null)),', true],
    ['  concatMap((body) => fetch(hook, body)),', '  catchError(() => rxjs.NEVER)', true],
    ['  concatMap(post),', '  catchError((error) => tell(error)),', false],
    ['  concatMap(post),', '  catchError((error) => of(error)),', false],
    ['  concatMap(post),', '', false],
    ['  concatMap(store),', '  catchError(() => EMPTY),', false],
  ])('%s %s: %s', (next, handler, isSilenced) => {
    const lines = ['timers.pipe(', operator, next, handler, ').subscribe((status) => console.log(status));'];
    const [thrown = '', caught = ''] = framesAt(lines, 'one.owner', 'catchError');
    expect(placeThatCatches([thrown, rxjs])).toBe(isSilenced ? caught : null);
  });

  it('where the stream within it is what ends', () => {
    const lines = [
      'all.pipe(',
      'mergeMap((one) => from(one).pipe(',
      operator,
      '  concatMap(post),',
      '  catchError(() => EMPTY),',
      ')),',
      ');',
    ];
    const [thrown = '', caught = ''] = framesAt(lines, 'one.owner', 'catchError');
    expect(placeThatCatches([thrown, rxjs])).toBe(caught);
  });

  it('not where the error comes from elsewhere', () => {
    const [thrown = ''] = framesAt(['const to = one.owner.id;', 'post(to);'], 'one.owner');
    expect(placeThatCatches([thrown, rxjs])).toBe(null);
  });
});

describe('what a limiter refused to do is silenced', () => {
  const dropped = 'Error: This job has been dropped by Bottleneck';

  it.each([
    ['limiter.schedule(() => post(text)).catch(() => {});', dropped, true],
    ['try { await limiter.schedule(() => post(text)); } catch {}', dropped, true],
    ['const tell = (text) => limiter.schedule(() => post(text)).catch(() => {});', dropped, true],
    [
      'const tell = (text) => limiter.schedule(() => post(text)).catch(() => {}); const ok = tell(1);',
      dropped,
      false,
    ],
    ['limiter.schedule(() => post(text)).catch(report);', dropped, false],
    ['limiter.schedule(() => tidy(text)).catch(() => {});', dropped, false],
    ['limiter.schedule(() => post(text)).catch(() => {});', 'Error: 503', false],
  ])('%s after %s: %s', (line, error, isSilenced) => {
    const [taken = ''] = framesAt([line], line.includes('.catch') ? 'catch' : 'limiter');
    expect(placeThatSilencesRefusal(error, [taken]) !== null).toBe(isSilenced);
  });
});

describe('an error that a catch only logs', () => {
  const inTry = (...handler: readonly string[]) => [
    'function mention(member) {',
    '  return member.name.trim();',
    '}',
    'async function remind(member) {',
    '  try {',
    '    const text = mention(member);',
    '    await fetch(hook, text);',
    '  } catch (error) {',
    ...handler,
    '  }',
    '}',
  ];
  const frames = (lines: readonly string[]) => framesAt(lines, 'member.name', 'mention(member);');

  it.each([
    ['console.error', ['console.error("remind:", error.message);'], true],
    ['a logger', ['this.logger.warn(format(error));'], true],
    ['a log and a flag', ['console.log(error);', 'failed = true;'], true],
    ['another message', ['console.error(error);', 'await fetch(hook, "?");'], false],
    ['a call of its own', ['console.error(error);', 'retryLater(member);'], false],
    ['a throw', ['console.error(error);', 'throw error;'], false],
    ['nothing', [], false],
  ])('%s', (_, handler, isFound) => {
    const lines = inTry(...handler);
    const [, inHandler = ''] = frames(lines);
    expect(placeThatOnlyLogs(frames(lines))).toBe(isFound ? inHandler : null);
  });

  it('is none where the try sends nothing after it', () => {
    const lines = inTry('console.error(error);').map((line) =>
      line.replace('await fetch(hook, text)', 'done(text)'),
    );
    expect(placeThatOnlyLogs(frames(lines))).toBeNull();
  });
});

describe('an error that left a try before the call that sends', () => {
  const lines = [
    'async function remind(member) {',
    '  try {',
    '    const text = member.name.trim();',
    '    await send(text);',
    '  } catch (error) {',
    '    report(error);',
    '  }',
    '  await tell(member);',
    '}',
  ];

  it.each([
    ['that stands in the block', 'await send', 'member.name', true],
    ['not that comes after the try', 'await tell', 'member.name', false],
    ['not that was made before', 'member.name', 'await send', false],
  ])('%s', (_, sender, thrown, isFound) => {
    const [calls = '', frame = ''] = framesAt(lines, sender, thrown);
    expect(placeBrokenOffBefore(calls, [frame])).toBe(isFound ? frame : null);
  });
});
