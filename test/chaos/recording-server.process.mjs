// Answers every post at once and keeps how often each id came: the record that decides what was delivered.
import { createServer } from 'node:http';

const counts = new Map();
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { id } = JSON.parse(Buffer.concat(chunks).toString()).metadata.event_payload;
    counts.set(id, (counts.get(id) ?? 0) + 1);
    response.setHeader('content-type', 'application/json');
    response.end('{"ok":true,"channel":"C1","ts":"1700000000.000100"}');
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ counts: [...counts] }));
process.on('disconnect', () => process.exit());
