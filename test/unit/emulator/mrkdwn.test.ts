import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Inline, richTextOf } from '../../../src/emulator/mrkdwn.ts';

/** The elements of a text's only section. */
function inlines(text: string): readonly Inline[] | undefined {
  const [only, ...others] = richTextOf(text);
  expect([only?.type, others]).toEqual(['rich_text_section', []]);
  return only?.elements;
}

const plain = (text: string) => [{ type: 'text', text }];

describe('Slack’s markup', () => {
  it.each([
    ['*bold*', { bold: true }],
    ['_italic_', { italic: true }],
    ['~strike~', { strike: true }],
    ['`code`', { code: true }],
  ])('%s is a style', (text, style) => {
    expect(inlines(text)).toEqual([{ type: 'text', text: text.slice(1, -1), style }]);
  });

  it('styles nest, and code takes everything as it is', () => {
    expect(inlines('*a _b_ `*c*`*')).toEqual([
      { type: 'text', text: 'a ', style: { bold: true } },
      { type: 'text', text: 'b', style: { bold: true, italic: true } },
      { type: 'text', text: ' ', style: { bold: true } },
      { type: 'text', text: '*c*', style: { bold: true, code: true } },
    ]);
  });

  it.each(['2 * 3 * 4', 'snake_case_name', '*open', 'a:b', '12:30:00', '**', '<nothing>', '< >'])(
    '%s is text',
    (text) => {
      expect(inlines(text)).toEqual(plain(text));
    },
  );

  it('what stands between < and > is a link, or who or what it names', () => {
    expect(inlines('<https://e.com?a=1&amp;b=2|e> <@U1> <#C1|general> <!here> :wave:')).toEqual([
      { type: 'link', url: 'https://e.com?a=1&b=2', text: 'e' },
      ...plain(' '),
      { type: 'user', user_id: 'U1' },
      ...plain(' '),
      { type: 'channel', channel_id: 'C1' },
      ...plain(' '),
      { type: 'broadcast', range: 'here' },
      ...plain(' '),
      { type: 'emoji', name: 'wave' },
    ]);
  });

  it('no other scheme makes a link', () => {
    expect(inlines('<javascript:alert(1)|x>')).toEqual(plain('<javascript:alert(1)|x>'));
  });

  it('quotes and fences are elements of their own', () => {
    expect(richTextOf('before\n&gt; quoted\n&gt; more\n```\nlet *x*;\n```\nafter')).toEqual([
      { type: 'rich_text_section', elements: plain('before') },
      { type: 'rich_text_quote', elements: plain('quoted\nmore') },
      { type: 'rich_text_preformatted', elements: plain('let *x*;') },
      { type: 'rich_text_section', elements: plain('after') },
    ]);
  });

  it('escapes are undone once', () => {
    expect(inlines('a &amp;lt; b')).toEqual(plain('a &lt; b'));
  });

  it('without mrkdwn nothing is markup', () => {
    expect(richTextOf('*a*', false)).toEqual([{ type: 'rich_text_section', elements: plain('*a*') }]);
  });

  it('no text is lost that has no markup characters, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (unit) => {
        const text = `${unit.replace(/[*_~`<&>:]/g, '')}.`;
        expect(inlines(text)).toEqual(plain(text));
      }),
    );
  });

  it('reads any text to its end', () => {
    const unit = fc.constantFrom('*', '_', '~', '`', '<', '>', ':', '|', ' ', '\n', 'a', '&gt;', '@U1');
    fc.assert(fc.property(fc.array(unit), (parts) => void richTextOf(parts.join(''))));
  });
});
