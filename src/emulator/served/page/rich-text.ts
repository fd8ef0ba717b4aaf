import { isObject } from '../../../json-object.ts';
import { richTextOf } from '../../mrkdwn.ts';
import { element, link } from './element.ts';
import { emoji } from './emoji.ts';

/** A text with Slack's markup, as Slack shows it. */
export function mrkdwn(text: string, read = true): DocumentFragment {
  return richText(richTextOf(text, read));
}

/** The elements of a rich_text block: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
export function richText(elements: readonly unknown[]): DocumentFragment {
  const made = new DocumentFragment();
  made.append(...elements.map(part));
  return made;
}

function part(value: unknown): Node {
  if (!isObject(value)) return new Text();
  const children = Array.isArray(value.elements) ? value.elements : [];
  switch (value.type) {
    case 'rich_text_quote':
      return element('blockquote', '', ...children.map(inline));
    case 'rich_text_preformatted':
      return element('pre', 'code', ...children.map(inline));
    case 'rich_text_list':
      return element(
        value.style === 'ordered' ? 'ol' : 'ul',
        'list',
        ...children.map((item) => element('li', '', part(item))),
      );
    default:
      return element('div', 'section', ...children.map(inline));
  }
}

function inline(value: unknown): Node {
  if (!isObject(value)) return new Text();
  const shown = bare(value);
  const style = isObject(value.style) ? value.style : {};
  const wraps = [
    style.code === true ? 'code' : null,
    style.strike === true ? 's' : null,
    style.italic === true ? 'em' : null,
    style.bold === true ? 'strong' : null,
  ] as const;
  return wraps.reduce<Node>((inner, name) => (name === null ? inner : element(name, '', inner)), shown);
}

function bare(value: Readonly<Record<string, unknown>>): Node {
  const text = (key: string) => (typeof value[key] === 'string' ? value[key] : '');
  switch (value.type) {
    case 'link':
      return link(text('url'), text('text') || text('url'));
    case 'user':
      return element('span', 'mention', `@${text('user_id')}`);
    case 'channel':
      return element('span', 'mention', `#${text('channel_id')}`);
    case 'usergroup':
      return element('span', 'mention', `@${text('usergroup_id')}`);
    case 'broadcast':
      return element('span', 'mention broadcast', `@${text('range')}`);
    case 'emoji':
      return new Text(emoji(text('name')));
    case 'date':
      return new Text(text('fallback'));
    default:
      return new Text(text('text'));
  }
}
