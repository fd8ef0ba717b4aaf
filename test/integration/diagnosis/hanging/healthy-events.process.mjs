// Waits for events, for a signal and for word to stop, as servers do.
import { EventEmitter, on, once } from 'node:events';
import { createServer } from 'node:http';

const bus = new EventEmitter();
let stop = () => {};
const stopped = new Promise((resolve) => (stop = resolve));

async function hear() {
  for await (const [event] of on(bus, 'event')) globalThis.last = event;
}

async function serve() {
  const server = createServer((request, response) => {
    bus.emit('event', request.url);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(process, 'SIGTERM');
  server.close();
  stop();
}

async function main() {
  serve();
  hear();
  await stopped;
  globalThis.isStopped = true;
}

main();
