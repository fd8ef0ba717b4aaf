import { request } from 'undici';
import { describeError } from '../../slack/errors.ts';
import { type Check, fail, inconclusive, ok, skipped, warn } from './check.ts';
import { within } from './within.ts';

/** Longest wait for a webhook's response, in ms. */
const webhookLimitMs = 10_000;

/** Refusals of an empty message, which only a working webhook gives. */
const emptyMessageRefusals = [
  'no_text',
  'missing_text',
  'missing_text_or_fallback_or_attachments',
  'invalid_payload',
];

/** An empty text is refused by a working webhook, so nothing is posted. */
export const webhook: Check = {
  id: 'webhook',
  group: 'slack',
  title: 'webhook',
  async run({ webhook: found, signal }) {
    if (found.kind !== 'found') return skipped('SLACK_WEBHOOK_URL is not set');
    const attempt = await within(webhookLimitMs, signal, async (stop) => {
      const response = await request(found.value, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: '{"text":""}',
        signal: stop,
      });
      return { status: response.statusCode, body: (await response.body.text()).trim() };
    });
    if (attempt.kind === 'failed')
      return inconclusive(`the webhook was not reached: ${attempt.message}`, 'see the network checks');
    const { status, body } = attempt.value;
    if (status === 400 && emptyMessageRefusals.includes(body))
      return ok('it is there (it refused an empty message, as it should)');
    if (status === 429)
      return fail('rate-limited', 'HTTP 429: too many messages', 'send less often, at most one a second');
    if (status === 200)
      return warn(
        'it took an empty message, which Slack’s own webhooks refuse',
        'check that the URL is Slack’s',
      );
    const code = /^[a-z_]+$/.test(body) ? body : null;
    const { meaning, remedy } = describeError(code ?? '');
    if (code === null) return fail('http-error', `HTTP ${status}`, 'check the URL, and proxies in between');
    return fail('http-error', `HTTP ${status} ${code}: ${meaning}`, remedy);
  },
};
