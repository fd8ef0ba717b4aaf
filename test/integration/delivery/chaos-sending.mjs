import { openSync, writeSync } from 'node:fs';

/** Lines of several threads and processes: each is written whole. */
export function openLog(path) {
  const fd = openSync(path, 'a');
  return (word, id) => writeSync(fd, `${word} ${id}\n`);
}

/** With `together`, in batches of so many, one after the other. */
export function sendAndTell(notifier, log, sender) {
  return sender.together === undefined ? sendEach(notifier, log, sender) : sendBatches(notifier, log, sender);
}

async function sendBatches(notifier, log, { prefix, count, together }) {
  for (let batch = 0; batch < count; batch += 1) {
    const ids = Array.from({ length: together }, (_, index) => `${prefix}-${batch}-${index}`);
    const sent = notifier.sendAll(ids.map((id) => ({ id, channel: '#general', text: id })));
    for (const id of ids) log('sent', id);
    for (const { status, id } of await sent) if (status !== 'delivered') log('told', id);
  }
}

function sendEach(notifier, log, { prefix, count }) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const id = `${prefix}-${index}`;
      const sent = notifier.send({ id, channel: '#general', text: id });
      log('sent', id);
      const outcome = await sent;
      if (outcome.status !== 'delivered') log('told', id);
    }),
  );
}
