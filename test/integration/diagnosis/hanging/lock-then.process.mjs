// Without async functions: the second notification's callback waits for a lock that the first never gives back.
import slack from '../../../../fixtures/apps/support/slack.cjs';

const { url } = await slack.startSlack();
const waiters = [];
let isTaken = false;

function lock() {
  if (isTaken) return new Promise((resolve) => waiters.push(resolve));
  isTaken = true;
  return Promise.resolve();
}

function notify(text) {
  return lock()
    .then(() => fetch(url, { method: 'POST', body: JSON.stringify({ text }) }))
    .then((reply) => reply.json());
}

notify('Timer set');
notify('Timer expired');
setInterval(() => waiters.length, 1000);
