import type { JsonObject } from '../../../json-object.ts';
import type { ReceivedMessage, RefusedRequest } from '../received-list.ts';
import { attachment, blockList } from './blocks.ts';
import { counted, element } from './element.ts';
import { emoji } from './emoji.ts';
import { mrkdwn } from './rich-text.ts';

/** One message, without its replies. `nested` is below the message that it replies to. */
export function messageBody(message: ReceivedMessage, nested: boolean): HTMLElement {
  const body = element('div', message.deleted ? 'body deleted' : 'body', head(message, nested));
  if (message.deleted) body.append(element('p', 'note', 'deleted'));
  body.append(content(message));
  body.append(...message.attachments.map(attachment), ...message.files.map(file));
  if (message.reactions.length > 0)
    body.append(
      element(
        'div',
        'reactions',
        ...message.reactions.map(({ name, count }) => element('span', 'reaction', `${emoji(name)} ${count}`)),
      ),
    );
  body.append(element('div', 'facts', factsOf(message, nested).join(' · ')), ...sources(message));
  return element('div', 'message', avatar(message), body);
}

/** Its bytes are not kept. */
function file({ title, name, size }: JsonObject): HTMLElement {
  return element(
    'div',
    'file',
    '📄 ',
    element('b', '', String(title ?? name)),
    element('span', 'facts', ` ${counted(Number(size), 'byte')}`),
  );
}

const botName = 'timer-notify';

function avatar({ iconEmoji, username }: ReceivedMessage): HTMLElement {
  const shown = iconEmoji === null ? (username ?? botName).slice(0, 1).toUpperCase() : emoji(iconEmoji);
  const made = element('div', 'avatar', shown.startsWith(':') ? '·' : shown);
  made.setAttribute('aria-hidden', 'true');
  return made;
}

function head(message: ReceivedMessage, nested: boolean): HTMLElement {
  const { username, path, edited, broadcast, visibleTo } = message;
  const made = element(
    'div',
    'head',
    element('span', 'name', username ?? botName),
    element('span', 'app', 'app'),
  );
  if (!nested) made.append(element('span', 'channel', whereOf(message)));
  if (path !== null) made.append(element('span', `path ${path}`, path));
  if (visibleTo !== null) made.append(element('span', 'tag', `only ${visibleTo} sees it`));
  if (broadcast) made.append(element('span', 'tag', 'also sent to the channel'));
  if (edited) made.append(element('span', 'tag', 'edited'));
  made.append(timeOf(message.receivedAt));
  return made;
}

/** As its name was last written, by channel. */
const names = new Map<string, string>();

function whereOf({ channel, channelName, via }: ReceivedMessage): string {
  if (channelName?.startsWith('#') === true) names.set(channel, channelName);
  if (via === 'webhook' || via === 'response_url') return via;
  return names.get(channel) ?? channelName ?? channel;
}

/** Ways in that a message does not show by itself. */
const labelled: ReadonlySet<ReceivedMessage['via']> = new Set([
  'chat.meMessage',
  'chat.postEphemeral',
  'chat.scheduleMessage',
  'chat.startStream',
  'files.completeUploadExternal',
]);

function timeOf(iso: string): HTMLElement {
  const at = new Date(iso);
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  const made = element('time', '', `${at.toLocaleTimeString([], { hour12: false })}.${ms}`);
  made.dateTime = iso;
  made.title = iso;
  return made;
}

/** With blocks, the text is only what a notification shows. */
function content({ blocks, text, attachments, files, mrkdwn: read }: ReceivedMessage): HTMLElement {
  if (blocks.length > 0) return element('div', 'text', blockList(blocks));
  const none = text === '' && attachments.length === 0 && files.length === 0;
  return element('div', none ? 'text note' : 'text', none ? '(no text)' : mrkdwn(text, read));
}

function factsOf(message: ReceivedMessage, nested: boolean): readonly string[] {
  const { ts, threadTs, id, thread, via } = message;
  return [
    `ts ${ts}`,
    ...(labelled.has(via) ? [via] : []),
    ...(nested || threadTs === null || threadTs === ts ? [] : [`reply to ${threadTs}`]),
    ...(id === null ? [] : [`id ${id}`]),
    ...(thread === null ? [] : [`from thread ${thread}`]),
  ];
}

/** What was sent, as JSON. */
function sources(message: ReceivedMessage): readonly HTMLElement[] {
  return (['blocks', 'attachments'] as const)
    .filter((part) => message[part].length > 0)
    .map((part) =>
      element(
        'details',
        '',
        element('summary', '', counted(message[part].length, part.slice(0, -1))),
        element('pre', '', JSON.stringify(message[part], null, 2)),
      ),
    );
}

/** The text of a request's body, JSON or a form; empty where there is none. */
function textIn(request: string): string {
  try {
    const { text }: { text?: unknown } = JSON.parse(request);
    return typeof text === 'string' ? text : '';
  } catch {
    return new URLSearchParams(request).get('text') ?? '';
  }
}

/** What Slack says beside its word; the response may be cut, and then it says nothing. */
function reasonsIn(reply: string): readonly string[] {
  try {
    const { response_metadata: metadata }: { response_metadata?: { messages?: readonly unknown[] } } =
      JSON.parse(reply);
    return (metadata?.messages ?? []).map(String);
  } catch {
    return [];
  }
}

/** A request that was refused, or that a fault struck. */
export function refusedEntry({ method, problem, posted, at, request, reply }: RefusedRequest): HTMLElement {
  const what = posted ? 'posted, then' : 'not posted:';
  const top = element(
    'div',
    'head',
    element('span', 'name', method),
    element('span', 'problem', `${what} ${problem}`),
  );
  top.append(timeOf(at));
  const body = element('div', 'body', top);
  for (const reason of reasonsIn(reply)) body.append(element('div', 'problem', reason));
  const said = textIn(request);
  if (said !== '') body.append(element('div', 'said', said));
  for (const [name, text] of [
    ['request', request],
    ['reply', reply],
  ] as const)
    if (text !== '')
      body.append(element('details', '', element('summary', '', name), element('pre', '', text)));
  const sign = element('div', 'avatar', '✖');
  sign.setAttribute('aria-hidden', 'true');
  return element('li', 'refused', element('div', 'message', sign, body));
}
