// Each way to post one notification, behind one function.
import { WebClient } from '@slack/web-api';
import { Pool } from 'undici';
import { loadStrategy } from '../../dist/delivery/index.js';
import { bodyOf } from '../../dist/slack/request.js';

export const notification = (index) => ({
  id: `timer-${index}`,
  path: 'expiry',
  channel: 'C1',
  text: 'Your timer of 10 seconds is over',
});

/** Opens one way to post to `origin`; `handle` is that of a shared pool opened elsewhere. */
export async function openWay(name, origin, handle) {
  const target = { kind: 'bot', baseUrl: `${origin}/api/`, token: 'xoxb-test-token' };
  const url = `${origin}/api/chat.postMessage`;
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    authorization: 'Bearer xoxb-test-token',
  };
  switch (name) {
    case 'undici': {
      const pool = new Pool(origin, { connections: 50 });
      return async (index) => {
        const body = bodyOf(target, notification(index), 'main');
        const reply = await pool.request({ path: '/api/chat.postMessage', method: 'POST', headers, body });
        await reply.body.json();
      };
    }
    case 'fetch':
      return async (index) => {
        const body = bodyOf(target, notification(index), 'main');
        const reply = await fetch(url, { method: 'POST', headers, body });
        await reply.json();
      };
    case '@slack/web-api': {
      const client = new WebClient('xoxb-test-token', { slackApiUrl: target.baseUrl });
      return async (index) => {
        const { channel, text } = notification(index);
        await client.chat.postMessage({ channel, text });
      };
    }
    default: {
      const sender = await (await loadStrategy('shared-pool')).attach(handle);
      return async (index) => {
        const outcome = await sender.send(notification(index));
        if (outcome.status !== 'delivered') throw new Error(JSON.stringify(outcome));
      };
    }
  }
}

/** Posts `count` notifications, `inFlight` at a time. */
export async function post(way, count, inFlight) {
  let left = count;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        left -= 1;
        await way(left);
      }
    }),
  );
}
