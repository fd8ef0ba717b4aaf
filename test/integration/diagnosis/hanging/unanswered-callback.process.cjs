// node:http with a callback: no promise leads to the request, and another one beside it gets its answers.
const http = require('node:http');
const { startSlack } = require('../../../../fixtures/apps/support/slack.cjs');

startSlack('hang').then(async ({ url }) => {
  const other = await startSlack();
  const request = http.request(url, { method: 'POST' }, (reply) => {
    reply.resume();
    process.stdout.write(`sent ${reply.statusCode}`);
  });
  request.end('{"text":"Timer expired"}');
  setInterval(() => http.request(other.url, { method: 'POST' }, (reply) => reply.resume()).end('{}'), 50);
});
