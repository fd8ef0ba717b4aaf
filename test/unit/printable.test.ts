import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, printableLines, printableOnTerminal } from '../../src/printable.ts';

const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u;

describe('text of a server or a program', () => {
  test.each([
    ['an escape sequence', 'a\u001b[2Jb', 'a [2Jb'],
    ['one in a single character', 'a\u009b2Jb', 'a 2Jb'],
    ['a forged line', 'a\r\n✔ expiry delivered', 'a ✔ expiry delivered'],
    ['a line of Unicode', 'a\u2028b', 'a b'],
    ['a reversed text', 'a\u202eb', 'a b'],
    ['half a character', 'a\ud800b', 'a b'],
    ['what a terminal’s title would be', '\u001b]0;title\u0007', ' ]0;title '],
  ])('with %s is one harmless line', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test.each(['⏰ 10s timer expired!', '👩‍👩‍👧‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم', 'naïve – “quoted”'])(
    '%s stays as it is',
    (text) => {
      expect(printable(text)).toBe(text);
      expect(printableLines(text)).toBe(text);
      expect(printableOnTerminal(text)).toBe(text);
    },
  );

  test('never steers, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(steering);
        expect(printableLines(text).replaceAll(/[\n\t]/g, '')).not.toMatch(steering);
      }),
    );
  });
});

test('a terminal gets lines and colours, and nothing else that it would obey', () => {
  const text = '\u001b[1;31merror:\u001b[39m\tone\ntwo \u001b[2Jthree\u001b]0;x\u0007 \u001b[8';
  expect(printableOnTerminal(text)).toBe('\u001b[1;31merror:\u001b[39m\tone\ntwo  [2Jthree ]0;x   [8');
});
