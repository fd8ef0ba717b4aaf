// What the guide of @slack/webhook promises, seen with one version of it: node webhook.mjs webhook-8
// https://docs.slack.dev/tools/node-slack-sdk/webhook
const { IncomingWebhook, WebhookTrigger, ErrorCode } = await import(process.argv[2]);
const url = process.env.SLACK_WEBHOOK_URL;
const seen = {};

async function told(call) {
  try {
    return await call;
  } catch (error) {
    return Object.entries(ErrorCode).find(([, code]) => code === error.code)?.[0] ?? error.message;
  }
}

seen.text = await told(new IncomingWebhook(url).send('hello'));
seen.withDefaults = await told(new IncomingWebhook(url, { text: 'by default' }).send({}));
seen.blocks = await told(
  new IncomingWebhook(url).send({
    text: 'fallback',
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*blocks*' } }],
    attachments: [{ color: 'good', text: 'attached' }],
    unfurl_links: false,
  }),
);
seen.refused = await told(new IncomingWebhook(url.replace('XXXX', 'no_service')).send('x'));
seen.cut = await told(new IncomingWebhook(url.replace('XXXX', 'reset')).send('x'));
if (WebhookTrigger) {
  const trigger = new WebhookTrigger(new URL('/triggers/T000/1/x', url).href);
  seen.triggered = (await trigger.send({ customer_name: 'Ada Lovelace' })).ok;
  const patient = { retryConfig: { retries: 2, minTimeout: 1, maxTimeout: 1 } };
  seen.retried = await told(
    new IncomingWebhook(url.replace('XXXX', 'status-500:first-1'), patient).send('again'),
  );
}
process.stdout.write(`${JSON.stringify(seen)}\n`);
