// Memory that short-lived threads leave behind: node test/chaos/short-lived.mjs [threads]. Each run is a process of its own:
// threads that do nothing, threads that load the library, and threads that attach and send one message.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createNotifier } from '../../dist/index.js';

const [count = '6000', mode] = process.argv.slice(2);
const sources = {
  nothing: '',
  load: `import('${new URL('../../dist/index.js', import.meta.url).href}')`,
  attach: `import('${new URL('../../dist/index.js', import.meta.url).href}').then(async ({ attachNotifier }) => {
    const { workerData } = require('node:worker_threads');
    const notifier = await attachNotifier(workerData.handle);
    await notifier.send({ channel: 'C1', text: 'one message' });
    await notifier.close();
  })`,
};

if (mode === undefined) {
  for (const name of Object.keys(sources)) {
    const child = fork(new URL(import.meta.url), [count, name]);
    const [result] = await once(child, 'message');
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
} else {
  const server = fork(new URL('./recording-server.process.mjs', import.meta.url));
  const [{ port }] = await once(server, 'message');
  const notifier = await createNotifier({
    token: 'xoxb-test-token',
    baseUrl: `http://127.0.0.1:${port}/api/`,
    rate: null,
  });
  const left = Array.from({ length: Number(count) }).values();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const _ of left) {
        const { value, transferList } = notifier.handle();
        const worker = new Worker(sources[mode], { eval: true, workerData: { handle: value }, transferList });
        await once(worker, 'exit');
      }
    }),
  );
  // Links of ended threads are given up at intervals.
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  const rssMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const { delivered } = notifier.stats();
  await notifier.close();
  server.disconnect();
  process.send({ node: process.version, mode, threads: Number(count), delivered, rssMb });
  process.disconnect();
}
