// The fastest server that answers as chat.postMessage does, so that the client is what is measured.
import { createServer } from 'node:net';

const body = '{"ok":true,"channel":"C1","ts":"1700000000.000100","message":{"text":"x"}}';
const reply = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
);

const server = createServer((socket) => {
  let unread = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    for (let end = endOfRequest(unread); end > 0; end = endOfRequest(unread)) {
      unread = unread.subarray(end);
      socket.write(reply);
    }
  });
});

function endOfRequest(bytes) {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1) return 0;
  const length = /content-length: (\d+)/i.exec(bytes.latin1Slice(0, head))?.[1] ?? '0';
  const end = head + 4 + Number(length);
  return bytes.length < end ? 0 : end;
}

server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
