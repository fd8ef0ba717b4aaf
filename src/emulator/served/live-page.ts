import type { ReceivedList } from './received.ts';

/** One self-contained page with the list inside. What arrived is written with `textContent` only, never as HTML. */
export function renderLivePage(list: ReceivedList): string {
  const data = JSON.stringify(list).replaceAll('<', '\\u003c');
  return page.replace('{}', () => data);
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>timer-notify serve</title>
<link rel="icon" href="data:,">
<style>
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1c1f23; --quiet: #5b6470; --line: #dfe3e8;
  --expiry: #9a5200; --confirmation: #0b6b57; --fresh: #fff3c4; --alarm: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1e2126; --text: #e8eaed; --quiet: #9aa4b0; --line: #32373e;
    --expiry: #f0b35f; --confirmation: #6fd3b8; --fresh: #3d361d; --alarm: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
header {
  position: sticky; top: 0; z-index: 1; background: var(--page); border-bottom: 1px solid var(--line);
  display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; padding-block: .75rem;
}
h1 { font-size: 1.1rem; margin: 0; }
#count { color: var(--quiet); font-variant-numeric: tabular-nums; }
#state { margin-left: auto; color: var(--confirmation); }
#state.off { color: var(--alarm); }
@media (max-width: 32rem) {
  #state { order: 1; }
  #count { order: 2; flex-basis: 50%; }
  #clear { order: 3; margin-left: auto; }
}
button {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .15rem .7rem; cursor: pointer;
}
button:focus-visible, summary:focus-visible { outline: 2px solid var(--confirmation); outline-offset: 2px; }
ol { list-style: none; margin: 0; padding: 0; }
li {
  background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .85rem; margin: .75rem 0;
}
li.fresh { animation: arrive 2s ease-out; }
@keyframes arrive { from { background: var(--fresh); } }
@media (prefers-reduced-motion: reduce) { li.fresh { animation: none; } }
.head { display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: baseline; }
.channel { font-weight: 600; overflow-wrap: anywhere; }
.path { font-size: .85rem; font-weight: 600; }
.path.expiry { color: var(--expiry); }
.path.confirmation { color: var(--confirmation); }
time { margin-left: auto; color: var(--quiet); font-size: .85rem; font-variant-numeric: tabular-nums; }
.text { margin: .15rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.facts { color: var(--quiet); font-size: .85rem; overflow-wrap: anywhere; }
details { font-size: .85rem; color: var(--quiet); }
pre { overflow-x: auto; margin: .35rem 0 0; padding: .5rem; background: var(--page); border-radius: 6px; }
#empty { color: var(--quiet); padding: 2.5rem 0; text-align: center; overflow-wrap: anywhere; }
#empty code { color: var(--text); }
</style>
</head>
<body>
<header>
  <h1>timer-notify serve</h1>
  <span id="count" aria-live="polite">0 messages</span>
  <span id="state" role="status">connecting…</span>
  <button type="button" id="clear">Clear</button>
</header>
<main>
  <p id="empty">Nothing has arrived yet. Post to <code id="base"></code></p>
  <ol id="messages"></ol>
</main>
<script type="application/json" id="received">{}</script>
<script>
'use strict';
const shown = 1000;
const byId = (id) => document.getElementById(id);
const list = byId('messages');
let total = 0;
byId('base').textContent = location.origin + '/api/chat.postMessage';

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function count(number, what) {
  return number + ' ' + what + (number === 1 ? '' : 's');
}

function row(message) {
  const item = element('li', '', '');
  const head = element('div', 'head', '');
  head.append(element('span', 'channel', message.channelName ?? message.via));
  if (message.path !== null) head.append(element('span', 'path ' + message.path, message.path));
  const at = new Date(message.receivedAt);
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  const time = element('time', '', at.toLocaleTimeString([], { hour12: false }) + '.' + ms);
  time.dateTime = message.receivedAt;
  time.title = message.receivedAt;
  head.append(time);
  item.append(head, element('p', 'text', message.text || '(no text)'));
  const facts = ['ts ' + message.ts];
  if (message.threadTs !== null) facts.push('reply to ' + message.threadTs);
  if (message.id !== null) facts.push('id ' + message.id);
  if (message.thread !== null) facts.push('from thread ' + message.thread);
  item.append(element('div', 'facts', facts.join(' · ')));
  for (const part of ['blocks', 'attachments']) {
    if (message[part].length === 0) continue;
    const details = element('details', '', '');
    details.append(
      element('summary', '', count(message[part].length, part.slice(0, -1))),
      element('pre', '', JSON.stringify(message[part], null, 2)),
    );
    item.append(details);
  }
  return item;
}

function showCount() {
  byId('count').textContent = count(total, 'message');
  byId('empty').hidden = total > 0;
}

function showAll(received) {
  total = received.total;
  list.replaceChildren(...received.messages.map(row));
  showCount();
}

function showNew(message) {
  total++;
  const item = row(message);
  item.classList.add('fresh');
  list.prepend(item);
  if (list.childElementCount > shown) list.lastElementChild.remove();
  showCount();
}

function showState(text, off) {
  byId('state').textContent = text;
  byId('state').classList.toggle('off', off);
}

const feed = new EventSource('/events');
let waiting = [];
feed.onopen = async () => {
  showState('live', false);
  waiting = [];
  const pending = waiting;
  const received = await (await fetch('/received')).json();
  showAll(received);
  const known = new Set(received.messages.map((message) => message.ts));
  waiting = null;
  for (const message of pending) if (!known.has(message.ts)) showNew(message);
};
feed.onerror = () => showState('server stopped', true);
feed.addEventListener('message', (event) => {
  const message = JSON.parse(event.data);
  if (waiting === null) showNew(message);
  else waiting.push(message);
});
feed.addEventListener('cleared', () => showAll({ total: 0, messages: [] }));
byId('clear').onclick = () => fetch('/received', { method: 'DELETE' });
showAll(JSON.parse(byId('received').textContent));
</script>
</body>
</html>
`;
