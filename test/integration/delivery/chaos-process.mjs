// A program with a journal that sends from several thread contexts until it is killed. It writes down each message when
// `send` has returned, and each outcome that is no delivery when it was told, so that the file outlives it.
import { subscribe } from 'node:diagnostics_channel';
import { Worker } from 'node:worker_threads';
import { createNotifier } from 'timer-notify';
import { openLog, sendAndTell } from './chaos-sending.mjs';

const { baseUrl, journal, logFile, deadlineMs, senders } = JSON.parse(process.argv[2]);
const log = openLog(logFile);
subscribe('timer-notify:replayed', ({ notification, outcome }) => {
  if (outcome.status === 'failed' && !outcome.retryable) log('told', notification.id);
});
const notifier = await createNotifier({
  token: 'xoxb-test-token',
  baseUrl,
  durable: journal,
  deadlineMs,
  maxRetries: 0,
  rate: null,
  breaker: null,
});
process.send('open');
for (const sender of senders) {
  if (sender.ending === 'main') void sendAndTell(notifier, log, sender);
  else {
    // A thread that throws does so on purpose.
    new Worker(new URL('./chaos-sending.worker.mjs', import.meta.url), {
      workerData: { logFile, sender },
    }).on('error', () => {});
  }
}
if (senders.length === 0) {
  await notifier.drain();
  await notifier.close();
  process.disconnect();
} else setInterval(() => {}, 1000);
