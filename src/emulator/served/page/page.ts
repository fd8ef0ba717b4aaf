import type { ReceivedChange, ReceivedList, ReceivedMessage, RefusedRequest } from '../received-list.ts';
import { byId, counted, element } from './element.ts';
import { messageBody, refusedEntry } from './entry.ts';

const mostShown = 1000;
const entries = byId('entries');
/** By channel and ts. */
const shown = new Map<string, { message: ReceivedMessage; item: HTMLElement }>();
let total = 0;

const keyOf = ({ channel, ts }: Pick<ReceivedMessage, 'channel' | 'ts'>) => `${channel} ${ts}`;

/** Where a message stands: below the one that it replies to, where that is shown. */
function placeOf({ channel, threadTs, ts }: ReceivedMessage): HTMLElement | null {
  if (threadTs === null || threadTs === ts) return null;
  const parent = shown.get(keyOf({ channel, ts: threadTs }));
  if (parent === undefined) return null;
  const known = parent.item.querySelector<HTMLElement>(':scope > .replies');
  if (known !== null) return known;
  const replies = element('ol', 'replies');
  parent.item.append(replies);
  return replies;
}

function showMessage(message: ReceivedMessage): HTMLElement {
  const replies = placeOf(message);
  const item = element('li', '', messageBody(message, replies !== null));
  shown.set(keyOf(message), { message, item });
  if (replies === null) entries.prepend(item);
  else replies.append(item);
  return item;
}

/** The oldest entries go; their messages are known no more. */
function dropOldest(): void {
  while (entries.childElementCount > mostShown) entries.lastElementChild?.remove();
  if (shown.size < 4 * mostShown) return;
  for (const [key, { item }] of shown) if (!item.isConnected) shown.delete(key);
}

function showAll(received: ReceivedList): void {
  total = received.total;
  shown.clear();
  entries.replaceChildren();
  // Oldest first, as they came: a reply then finds its parent.
  const messages = received.messages.map((message) => ({
    at: message.receivedAt,
    show: () => showMessage(message),
  }));
  const refused = received.refused.map((one) => ({
    at: one.at,
    show: () => entries.prepend(refusedEntry(one)),
  }));
  const all = [...messages.reverse(), ...refused.reverse()].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
  for (const { show } of all) show();
  showCount();
}

function showNew(message: ReceivedMessage): void {
  total += 1;
  showMessage(message).classList.add('fresh');
  dropOldest();
  showCount();
}

function showRefused(request: RefusedRequest): void {
  const item = refusedEntry(request);
  item.classList.add('fresh');
  entries.prepend(item);
  dropOldest();
  showCount();
}

/** In place: an edit, a reaction, a deletion. */
function showChange(change: ReceivedChange): void {
  const known = shown.get(keyOf(change));
  if (known === undefined) return;
  known.message = { ...known.message, ...change };
  known.item.firstElementChild?.replaceWith(messageBody(known.message, known.item.parentElement !== entries));
}

function showCount(): void {
  byId('count').textContent = counted(total, 'message');
  byId('empty').hidden = entries.childElementCount > 0;
}

function showState(text: string, off: boolean): void {
  byId('state').textContent = text;
  byId('state').classList.toggle('off', off);
}

/** What is announced while the list is read is shown after it. */
let waiting: (() => void)[] | null = [];

const feed = new EventSource('/events');
feed.onopen = async () => {
  waiting = [];
  const list: ReceivedList = await (await fetch('/received')).json();
  showAll(list);
  const pending = waiting;
  waiting = null;
  for (const show of pending) show();
  showState('live', false);
};
feed.onerror = () => showState('server stopped', true);

/** `show` is not called for what the list already has. */
function on<Data>(
  event: string,
  show: (data: Data) => void,
  isKnown: (data: Data) => boolean = () => false,
): void {
  feed.addEventListener(event, ({ data }) => {
    const value: Data = JSON.parse(data);
    const act = () => {
      if (!isKnown(value)) show(value);
    };
    if (waiting === null) act();
    else waiting.push(act);
  });
}

on<ReceivedMessage>('message', showNew, (message) => shown.has(keyOf(message)));
on<ReceivedChange>('change', showChange);
on<RefusedRequest>('refused', showRefused);
on<null>('cleared', () => showAll({ total: 0, messages: [], refused: [] }));
byId('clear').onclick = () => fetch('/received', { method: 'DELETE' });
byId('base').textContent = `${location.origin}/api/chat.postMessage`;
