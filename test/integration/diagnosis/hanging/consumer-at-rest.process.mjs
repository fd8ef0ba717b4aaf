// Takes items as they come, and none has come.
import { createServer } from 'node:http';

const items = [];
let wake = () => {};

async function next() {
  while (items.length === 0) await new Promise((resolve) => (wake = resolve));
  return items.shift();
}

async function consume() {
  for (;;) globalThis.last = await next();
}

createServer((request, response) => {
  items.push(request.url);
  wake();
  response.end();
}).listen(0, '127.0.0.1');
consume();
