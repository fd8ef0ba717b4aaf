// Sends as fast as it can, so that requests which go well are only counted; then what its first argument says.
import http from 'node:http';

const [last] = process.argv.slice(2);
const plain = 3000;
const lanes = 20;
const agent = new http.Agent({ keepAlive: true, maxSockets: lanes });

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

let left = plain;
await Promise.all(
  Array.from({ length: lanes }, async (_, lane) => {
    while (left-- > 0) await post('/api/chat.postMessage');
    if (lane === 0 && last !== 'nothing')
      await Promise.race([post(`/${last}`), post('/api/chat.postMessage')]);
  }),
);
process.exit(0);
