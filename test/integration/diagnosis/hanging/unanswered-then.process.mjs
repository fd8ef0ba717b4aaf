// The request is not awaited: only a callback of `then` waits for its answer.
import slack from '../../../../fixtures/apps/support/slack.cjs';

const { url } = await slack.startSlack('hang');

function notify(text) {
  fetch(url, { method: 'POST', body: JSON.stringify({ channel: '#general', text }) })
    .then((reply) => reply.json())
    .catch((error) => process.stderr.write(String(error)));
}

notify('Timer expired');
