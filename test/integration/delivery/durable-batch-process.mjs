// Sends batches with a journal and tells its parent what each message's outcome was, and when a batch's promise was
// fulfilled. Tells of an outcome in a later turn of the loop, so that all that follows from it has been done.
import { subscribe } from 'node:diagnostics_channel';
import { createNotifier } from 'timer-notify';

const { baseUrl, journal, batches, size } = JSON.parse(process.argv[2]);
const notifier = await createNotifier({
  token: 'xoxb-test-token',
  baseUrl,
  durable: journal,
  deadlineMs: 60_000,
  maxRetries: 0,
  breaker: null,
});
const tell = (message) => setTimeout(() => process.send(message), 100);
subscribe('timer-notify:settled', ({ id, outcome }) => tell({ kind: 'outcome', id, outcome }));
const sent = Array.from({ length: batches }, (_, batch) =>
  notifier.sendAll(
    Array.from({ length: size }, (_, index) => ({
      id: `${batch}-${index}`,
      channel: '#general',
      text: `message ${index} ${'x'.repeat(200)}`,
    })),
  ),
);
// After what was refused at once.
setImmediate(() => tell({ kind: 'handed over' }));
for (const [batch, outcomes] of sent.entries()) outcomes.then(() => tell({ kind: 'batch', batch }));
setInterval(() => {}, 1000);
