// Waits for a server that never answers, and then gives up with an exit code of its own.
import { subscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';

subscribe('timer-notify:finding', ({ code }) => process.stdout.write(`heard ${code}\n`));

const server = createServer(() => {}).listen(0, '127.0.0.1', () => {
  fetch(`http://127.0.0.1:${server.address().port}/notify`, { method: 'POST', body: 'expired' }).catch(
    () => {},
  );
});
setTimeout(() => process.exit(7), 6000);
