// The reply's end is waited for, and nothing reads the reply.
const http = require('node:http');
const { startSlack } = require('../../../../fixtures/apps/support/slack.cjs');

startSlack('large').then(({ url }) => {
  const post = (text) =>
    new Promise((resolve, reject) => {
      const request = http.request(url, { method: 'POST' }, (reply) => {
        reply.on('end', () => resolve(reply.statusCode));
      });
      request.on('error', reject).end(JSON.stringify({ text }));
    });
  post('Timer set').then(() => post('Timer expired'));
  setInterval(() => {}, 1000);
});
