// Sends as fast as it can, so that requests which go well are only counted; then what its first argument says.
import http from 'node:http';

const [last] = process.argv.slice(2);
const plain = 3000;
const senders = 20;
const agent = new http.Agent({ keepAlive: true, maxSockets: senders });

const server = http.createServer((request, response) => {
  request.resume().once('end', () => {
    if (request.url === '/unanswered') return;
    const refused = request.url === '/refused';
    response.writeHead(request.url === '/broken' ? 500 : 200, { 'content-type': 'application/json' });
    response.end(refused ? '{"ok":false,"error":"channel_not_found"}' : '{"ok":true}');
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

function post(path) {
  return new Promise((resolve) => {
    const { port } = server.address();
    const request = http.request({ method: 'POST', host: '127.0.0.1', port, path, agent }, (response) =>
      response.resume().once('end', resolve),
    );
    request.end();
  });
}

const text = JSON.stringify({ channel: '#general', text: 'Timer expired' });

/** The first host is down; the second takes the same message. */
async function sendWithFallback() {
  const closed = http.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address();
  closed.close();
  const message = { method: 'POST', body: text };
  const path = '/fallback';
  const first = fetch(`http://127.0.0.1:${port}${path}`, message);
  const reply = await first.catch(() => fetch(`http://127.0.0.1:${server.address().port}${path}`, message));
  await reply.text();
}

let left = plain;
let mayEnd = last !== 'fallback';
await Promise.all(
  Array.from({ length: senders }, async (_, number) => {
    // The fallback is asked for while the thread is busy, and it stays busy until that is over.
    if (number === 0 && last === 'fallback') {
      while (left > plain / 2) await post('/api/chat.postMessage').then(() => left--);
      await sendWithFallback();
      mayEnd = true;
    }
    while (left-- > 0 || !mayEnd) await post('/api/chat.postMessage');
    if (number === 0 && last !== 'nothing' && last !== 'fallback')
      await Promise.race([post(`/${last}`), post('/api/chat.postMessage')]);
  }),
);
process.exit(0);
