// One request after another, each answered in its time.
import { createServer } from 'node:http';

const server = createServer((_request, response) => setTimeout(() => response.end(), 700)).listen(
  0,
  '127.0.0.1',
  () => {
    void poll(`http://127.0.0.1:${server.address().port}/`);
  },
);

async function poll(url) {
  for (;;) {
    await fetch(url);
  }
}
