import { isObject, type JsonObject } from '../../../json-object.ts';
import { mrkdwnOf } from '../../mrkdwn.ts';
import { element, link } from './element.ts';
import { emoji } from './emoji.ts';
import { mrkdwn, richText } from './rich-text.ts';

/** Blocks roughly as Slack shows them; one of a kind that is not drawn here shows its texts. */
export function blockList(blocks: readonly unknown[]): HTMLElement {
  return element('div', 'blocks', ...blocks.map(block));
}

function block(value: unknown): Node {
  if (!isObject(value)) return new Text();
  const draw = drawn[String(value.type)];
  return draw === undefined ? unknownBlock(value) : draw(value);
}

const drawn: Readonly<Record<string, (value: JsonObject) => Node>> = {
  header: ({ text }) => element('h2', 'header', textObject(text)),
  divider: () => element('hr'),
  section: ({ text, fields, accessory }) =>
    element(
      'div',
      'section-block',
      element(
        'div',
        'section-text',
        textObject(text),
        ...(Array.isArray(fields)
          ? [element('div', 'fields', ...fields.map((field) => element('div', '', textObject(field))))]
          : []),
      ),
      ...(accessory === undefined ? [] : [interactive(accessory)]),
    ),
  context: ({ elements }) =>
    element('div', 'context', ...list(elements).map((item) => element('span', '', interactive(item)))),
  actions: ({ elements }) => element('div', 'actions', ...list(elements).map(interactive)),
  rich_text: ({ elements }) => richText(list(elements)),
  markdown: ({ text }) => element('div', '', mrkdwn(mrkdwnOf(String(text)))),
  image: (value) => image(value),
  table: ({ rows }) => table(list(rows)),
  alert: ({ text, level }) => element('div', `alert ${String(level ?? '')}`.trim(), textObject(text)),
  card,
  carousel: ({ elements }) =>
    element('div', 'carousel', ...list(elements).map((one) => (isObject(one) ? card(one) : new Text()))),
  context_actions: ({ elements }) => element('div', 'actions', ...list(elements).flatMap(feedback)),
  input: ({ label, element: field, hint }) =>
    element(
      'div',
      '',
      element('b', '', textObject(label)),
      element('div', 'field', isObject(field) ? textOf(field.placeholder) || String(field.type) : ''),
      element('div', 'facts', textObject(hint)),
    ),
  plan: ({ title, tasks }) =>
    element(
      'div',
      'plan',
      element('b', '', String(title ?? '')),
      ...list(tasks).map((one) => (isObject(one) ? task(one) : new Text())),
    ),
  task_card: task,
};

/** https://docs.slack.dev/reference/block-kit/blocks/card-block */
function card({ hero_image, title, subtitle, body, actions }: JsonObject): HTMLElement {
  return element(
    'div',
    'card',
    ...(isObject(hero_image) ? [image(hero_image)] : []),
    element('div', 'title', textObject(title)),
    element('div', 'facts', textObject(subtitle)),
    element('div', '', textObject(body)),
    ...(Array.isArray(actions) ? [element('div', 'actions', ...actions.map(interactive))] : []),
  );
}

const signs: Readonly<Record<string, string>> = { complete: '✓', error: '✗', in_progress: '◐', pending: '○' };

function task({ title, status, details, output }: JsonObject): HTMLElement {
  const parts = [details, output].filter(isObject);
  return element(
    'div',
    'task',
    `${signs[String(status)] ?? '○'} ${String(title ?? '')}`,
    ...parts.map((part) => element('div', 'facts', richText(list(part.elements)))),
  );
}

/** Of both, the good one first. */
function feedback(value: unknown): readonly Node[] {
  if (!isObject(value) || value.type !== 'feedback_buttons') return [interactive(value)];
  return [value.positive_button, value.negative_button]
    .filter(isObject)
    .map((one) => element('span', 'button', textOf(one.text)));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textObject(value: unknown): Node {
  if (!isObject(value) || typeof value.text !== 'string') return new Text();
  return value.type === 'mrkdwn' ? mrkdwn(value.text) : new Text(withEmoji(value.text));
}

function withEmoji(text: string): string {
  return text.replace(/:[a-z0-9_+-]+:/g, emoji);
}

/** A button, a menu, an image: shown, but without effect. */
function interactive(value: unknown): Node {
  if (!isObject(value)) return new Text();
  switch (value.type) {
    case 'mrkdwn':
    case 'plain_text':
      return textObject(value);
    case 'image':
      return image(value);
    case 'button': {
      const label = textOf(value.text);
      const look = `button ${String(value.style ?? '')}`;
      const made = typeof value.url === 'string' ? link(value.url, label) : element('span', '', label);
      made.className = look.trim();
      made.title = `action_id ${String(value.action_id ?? '')}`;
      return made;
    }
    default:
      return element('span', 'button', textOf(value.placeholder) || String(value.type));
  }
}

function textOf(value: unknown): string {
  return isObject(value) && typeof value.text === 'string' ? withEmoji(value.text) : '';
}

/** The page asks nobody for anything: an image is named and linked. */
function image(value: JsonObject): HTMLElement {
  const title = textOf(value.title) || String(value.alt_text ?? '') || 'image';
  return element('span', 'image', '🖼 ', link(String(value.image_url ?? ''), title));
}

function table(rows: readonly unknown[]): HTMLElement {
  const cell = (value: unknown) =>
    element(
      'td',
      '',
      isObject(value) && value.type === 'rich_text' ? richText(list(value.elements)) : textIn(value),
    );
  return element(
    'div',
    'table',
    element('table', '', ...rows.map((row) => element('tr', '', ...list(row).map(cell)))),
  );
}

function unknownBlock(value: JsonObject): HTMLElement {
  return element('div', 'other', element('b', '', String(value.type)), ` ${textIn(value)}`);
}

/** All texts in a value, in their order. */
function textIn(value: unknown): string {
  if (Array.isArray(value))
    return value
      .map(textIn)
      .filter((text) => text !== '')
      .join(' ');
  if (!isObject(value)) return '';
  return Object.entries(value)
    .map(([key, item]) =>
      /^(text|title|fallback)$/.test(key) && typeof item === 'string' ? item : textIn(item),
    )
    .filter((text) => text !== '')
    .join(' ');
}

/** An attachment with its bar: https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments */
export function attachment(value: unknown): HTMLElement {
  if (!isObject(value)) return element('div', 'attachment');
  const text = (key: string) => (typeof value[key] === 'string' ? value[key] : '');
  const made = element('div', 'attachment');
  const colour = colours[text('color')] ?? text('color');
  if (/^#?[0-9a-f]{3,6}$/i.test(colour))
    made.style.borderColor = colour.startsWith('#') ? colour : `#${colour}`;
  if (text('pretext') !== '') made.append(element('div', '', mrkdwn(text('pretext'))));
  if (text('title') !== '') made.append(element('div', 'title', link(text('title_link'), text('title'))));
  if (text('text') !== '') made.append(element('div', '', mrkdwn(text('text'))));
  const fields = list(value.fields).filter(isObject);
  if (fields.length > 0)
    made.append(
      element(
        'div',
        'fields',
        ...fields.map((field) =>
          element(
            'div',
            '',
            element('b', '', String(field.title ?? '')),
            element('div', '', mrkdwn(String(field.value ?? ''))),
          ),
        ),
      ),
    );
  const actions = list(value.actions).filter(isObject);
  if (actions.length > 0) made.append(element('div', 'actions', ...actions.map(legacyAction)));
  if (Array.isArray(value.blocks)) made.append(blockList(value.blocks));
  if (text('footer') !== '') made.append(element('div', 'facts', text('footer')));
  return made;
}

/** Its text is a plain string. */
function legacyAction({ text, url, style }: JsonObject): HTMLElement {
  const label = withEmoji(String(text ?? ''));
  const made = typeof url === 'string' ? link(url, label) : element('span', '', label);
  made.className = `button ${String(style ?? '')}`.trim();
  return made;
}

const colours: Readonly<Record<string, string>> = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };
