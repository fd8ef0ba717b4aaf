// Sends with a journal and tells its parent how far it has come.
import { loadStrategy } from '../../../dist/delivery/index.js';

const [baseUrl, durable, count] = process.argv.slice(2);
const host = await (await loadStrategy('shared-pool')).open({
  target: { kind: 'bot', baseUrl, token: 'xoxb-test-token' },
  deadlineMs: 30_000,
  connections: 5,
  queueLimit: 1000,
  durable,
});
for (let index = 0; index < Number(count); index += 1) {
  host.sender.send({ id: `n-${index}`, path: 'expiry', channel: 'C1', text: `message ${index}` });
  process.send(`n-${index}`);
}
process.send('all handed over');
await host.drain();
process.send('drained');
setInterval(() => {}, 1000);
