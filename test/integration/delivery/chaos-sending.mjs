import { openSync, writeSync } from 'node:fs';

/** Lines of several threads and processes: each is written whole. */
export function openLog(path) {
  const fd = openSync(path, 'a');
  return (word, id) => writeSync(fd, `${word} ${id}\n`);
}

export function sendAndTell(notifier, log, { prefix, count }) {
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
