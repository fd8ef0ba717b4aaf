// At rest: consumers that wait for their next item, a lock that goes round, and a goodbye for the end.
import { EventEmitter, on } from 'node:events';
import slack from '../../../../fixtures/apps/support/slack.cjs';

const { url } = await slack.startSlack();
const post = (text) =>
  fetch(url, { method: 'POST', body: JSON.stringify({ text }) }).then((reply) => reply.json());

class Jobs {
  items = [];
  takers = [];
  put(item) {
    const taker = this.takers.shift();
    if (taker === undefined) this.items.push(item);
    else taker(item);
  }
  take() {
    return this.items.length > 0
      ? Promise.resolve(this.items.shift())
      : new Promise((resolve) => this.takers.push(resolve));
  }
}

const jobs = new Jobs();
const bus = new EventEmitter();
const stopped = new Promise((resolve) => process.once('SIGTERM', resolve));

async function consume() {
  for (;;) await post(await jobs.take());
}

async function listen() {
  for await (const [text] of on(bus, 'expired')) await post(text);
}

consume();
listen();
stopped.then(() => post('goodbye'));
bus.emit('expired', 'Timer expired');
setInterval(() => jobs.put('Timer expired'), 300);
