/** Slack's markup of a text, as the elements that a rich_text block has: https://docs.slack.dev/messaging/formatting-message-text */

export interface Style {
  readonly bold?: true;
  readonly italic?: true;
  readonly strike?: true;
  readonly code?: true;
}

export type Inline = (
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'link'; readonly url: string; readonly text?: string }
  | { readonly type: 'user'; readonly user_id: string }
  | { readonly type: 'channel'; readonly channel_id: string }
  | { readonly type: 'usergroup'; readonly usergroup_id: string }
  | { readonly type: 'broadcast'; readonly range: string }
  | { readonly type: 'emoji'; readonly name: string }
) & { readonly style?: Style };

export interface RichText {
  readonly type: 'rich_text_section' | 'rich_text_quote' | 'rich_text_preformatted';
  readonly elements: readonly Inline[];
}

/** A text without its markup is one element. */
export function richTextOf(text: string, mrkdwn = true): readonly RichText[] {
  if (text === '') return [];
  if (!mrkdwn || !/[*_~`<&>:]/.test(text))
    return [{ type: 'rich_text_section', elements: [{ type: 'text', text: unescaped(text) }] }];
  return text.split('```').flatMap((part, index, { length }) => {
    // An opening fence without a closing one is text.
    if (index % 2 === 1 && index < length - 1) return preformatted(part);
    return linesOf(index % 2 === 1 ? `\`\`\`${part}` : part, index > 0, index < length - 1);
  });
}

function preformatted(text: string): readonly RichText[] {
  const inner = unescaped(text.replace(/^\n/, '').replace(/\n$/, ''));
  return inner === '' ? [] : [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: inner }] }];
}

const quote = /^(?:&gt;|>) ?/;

/** Lines of one kind, quoted or not, make one element. A line's end beside a fence belongs to the fence. */
function linesOf(text: string, afterFence: boolean, beforeFence: boolean): readonly RichText[] {
  let own = text;
  if (afterFence) own = own.replace(/^\n/, '');
  if (beforeFence) own = own.replace(/\n$/, '');
  if (own === '') return [];
  const groups: { quoted: boolean; lines: string[] }[] = [];
  for (const line of own.split('\n')) {
    const quoted = quote.test(line);
    const last = groups.at(-1);
    const bare = quoted ? line.replace(quote, '') : line;
    if (last?.quoted === quoted) last.lines.push(bare);
    else groups.push({ quoted, lines: [bare] });
  }
  return groups.map(({ quoted, lines }) => ({
    type: quoted ? 'rich_text_quote' : 'rich_text_section',
    elements: inlinesOf(lines.join('\n'), {}),
  }));
}

const styles = { '*': 'bold', _: 'italic', '~': 'strike', '`': 'code' } as const;
type Delimiter = keyof typeof styles;

const isDelimiter = (char: string): char is Delimiter => Object.hasOwn(styles, char);

/** One pass: what has no end is text, and is looked for once only. */
function inlinesOf(text: string, style: Style): readonly Inline[] {
  const found: Inline[] = [];
  const unclosed = new Set<string>();
  let plain = '';
  const add = (inline: Inline) => {
    flush();
    found.push(styled(inline, style));
  };
  const flush = () => {
    if (plain !== '') found.push(styled({ type: 'text', text: unescaped(plain) }, style));
    plain = '';
  };
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    const end = unclosed.has(char) ? -1 : endOf(text, at, char, style);
    if (end === -1 && (isDelimiter(char) || char === '<' || char === ':') && opens(text, at, char))
      unclosed.add(char);
    const inner = text.slice(at + 1, end);
    const reference = end !== -1 && char === '<' ? referenceOf(inner) : null;
    if (reference !== null) add(reference);
    else if (end !== -1 && char === ':') add({ type: 'emoji', name: inner });
    else if (end !== -1 && isDelimiter(char)) {
      flush();
      const within = { ...style, [styles[char]]: true };
      if (char === '`') found.push(styled({ type: 'text', text: unescaped(inner) }, within));
      else found.push(...inlinesOf(inner, within));
    } else {
      plain += char;
      at++;
      continue;
    }
    at = end + 1;
  }
  flush();
  return found;
}

function styled(inline: Inline, style: Style): Inline {
  return Object.keys(style).length === 0 ? inline : { ...inline, style };
}

/** Markup begins at a word's edge. */
function opens(text: string, at: number, char: string): boolean {
  return char === '<' || char === ':' || !/[\p{L}\p{N}]/u.test(text.charAt(at - 1));
}

/** Where the markup that begins at `at` ends; -1 where none begins or it has no end. */
function endOf(text: string, at: number, char: string, style: Style): number {
  if (char === '<') return text.indexOf('>', at + 1);
  if (char === ':') {
    const name = /^:([\p{L}\p{N}_+'-]{1,100}(?:::skin-tone-[2-6])?):/u.exec(text.slice(at, at + 120))?.[1];
    return name === undefined || /^\d+$/.test(name) ? -1 : at + name.length + 1;
  }
  if (!isDelimiter(char) || style[styles[char]] === true || !opens(text, at, char)) return -1;
  if (/^\s?$/.test(text.charAt(at + 1)) || text.charAt(at + 1) === char) return -1;
  for (let end = nextOf(text, at + 1, char); end !== -1; end = nextOf(text, end + 1, char)) {
    const closes = !/\s/.test(text.charAt(end - 1)) && !/[\p{L}\p{N}]/u.test(text.charAt(end + 1));
    if (closes) return end;
  }
  return -1;
}

/** The next `char` that does not stand in code. */
function nextOf(text: string, from: number, char: Delimiter): number {
  let end = text.indexOf(char, from);
  if (char === '`') return end;
  let code = text.indexOf('`', from);
  while (end !== -1 && code !== -1 && code < end) {
    const codeEnd = text.indexOf('`', code + 1);
    if (codeEnd === -1) return end;
    if (codeEnd > end) end = text.indexOf(char, codeEnd + 1);
    code = text.indexOf('`', codeEnd + 1);
  }
  return end;
}

/** What stands between `<` and `>`; null where that is none of Slack's forms. */
function referenceOf(inner: string): Inline | null {
  const bar = inner.indexOf('|');
  const target = bar === -1 ? inner : inner.slice(0, bar);
  const label = bar === -1 ? '' : inner.slice(bar + 1);
  if (/^@[UW][A-Z0-9]+$/.test(target)) return { type: 'user', user_id: target.slice(1) };
  if (/^#[CG][A-Z0-9]+$/.test(target)) return { type: 'channel', channel_id: target.slice(1) };
  if (/^!subteam\^S[A-Z0-9]+$/.test(target)) return { type: 'usergroup', usergroup_id: target.slice(9) };
  const range = /^!(here|channel|everyone)$/.exec(target)?.[1];
  if (range !== undefined) return { type: 'broadcast', range };
  // A date's fallback is what clients without dates show.
  if (target.startsWith('!date^') && label !== '') return { type: 'text', text: unescaped(label) };
  if (!/^(https?:\/\/|mailto:|tel:)\S+$/.test(target)) return null;
  const url = unescaped(target);
  return label === '' ? { type: 'link', url } : { type: 'link', url, text: unescaped(label) };
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** What Slack makes of Markdown, as far as its own tests show it: `**bold**` is `*bold*`, a URL stands in `<>`. */
export function mrkdwnOf(markdown: string): string {
  return markdown
    .replace(/\*\*([^*\n]+)\*\*/g, '*$1*')
    .replace(/~~([^~\n]+)~~/g, '~$1~')
    .replace(/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>')
    .replace(/(^|[\s(])(https?:\/\/[^\s<>|)]+)/g, '$1<$2>')
    .replace(/^#{1,6} (.+)$/gm, '*$1*');
}
