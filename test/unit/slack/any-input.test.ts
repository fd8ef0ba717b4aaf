import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkNotification } from '../../../src/notification/check-notification.ts';
import type { Notification, SlackObject } from '../../../src/notification/notification.ts';
import { protectSecret, redact } from '../../../src/slack/redact.ts';
import { buildRequest } from '../../../src/slack/request.ts';
import { interpretResponse } from '../../../src/slack/response.ts';
import type { Target } from '../../../src/slack/target.ts';

const slackish = fc.constantFrom(
  'ok',
  'error',
  'type',
  'text',
  'elements',
  'fields',
  'response_metadata',
  'blocks',
);
const json = fc.jsonValue({ maxDepth: 4 });
const object: fc.Arbitrary<SlackObject> = fc.dictionary(fc.oneof(slackish, fc.string()), json);
const block = fc
  .tuple(fc.constantFrom('section', 'actions', 'context', 'header', 'image', 'markdown'), object)
  .map(([type, rest]) => ({ ...rest, type }));
const body = fc.oneof(
  fc.string({ unit: 'binary' }),
  object.map((value) => JSON.stringify(value)),
  json.map((value) => JSON.stringify(value)),
);

describe('whatever the server answers', () => {
  test('is read as one reply, whose text cannot steer the terminal', () => {
    const headers = fc.dictionary(fc.constantFrom('retry-after', 'content-type'), fc.string());
    fc.assert(
      fc.property(
        fc.constantFrom('bot' as const, 'webhook' as const),
        fc.integer({ min: 100, max: 599 }),
        headers,
        body,
        (kind, status, given, text) => {
          const reply = interpretResponse(kind, { status, headers: given, body: text });
          if (reply.kind === 'posted') expect(status).toBeLessThan(300);
          else expect(reply.message).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });

  test('a 2xx is never sent again unless Slack said that it did not post', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 299 }), body, (status, text) => {
        const reply = interpretResponse('bot', { status, headers: {}, body: text });
        if (reply.kind === 'refused' && reply.retryable)
          expect(JSON.parse(text)).toMatchObject({ ok: false });
      }),
    );
  });
});

describe('whatever is sent', () => {
  const notification: fc.Arbitrary<Notification> = fc.record(
    {
      id: fc.string(),
      path: fc.constantFrom('confirmation' as const, 'expiry' as const),
      channel: fc.string(),
      text: fc.string({ unit: 'binary' }),
      threadTs: fc.string(),
      blocks: fc.array(fc.oneof(block, object)),
      attachments: fc.array(object),
      buttons: fc.array(fc.record({ text: fc.string(), actionId: fc.string() })),
    },
    { requiredKeys: ['id', 'path', 'channel', 'text'] },
  );
  const bot: Target = { kind: 'bot', baseUrl: 'https://slack.com/api/', token: 'xoxb-test-token' };

  test('is checked without a crash, and each problem names a field', () => {
    fc.assert(
      fc.property(notification, (given) => {
        for (const { field } of checkNotification(given))
          expect(field).toMatch(/^(text|thread_ts|blocks|attachments|buttons)/);
      }),
    );
  });

  test('comes out of the request as it went in', () => {
    fc.assert(
      fc.property(notification, (given) => {
        const sent = JSON.parse(buildRequest(bot, given, 'main').body);
        expect([sent.channel, sent.text, sent.metadata.event_payload.id]).toEqual(
          JSON.parse(JSON.stringify([given.channel, given.text, given.id])),
        );
      }),
    );
  });
});

test('a protected value never shows, whatever stands around it', () => {
  const secret = fc
    .string({ minLength: 8, unit: 'grapheme-ascii' })
    .filter((text) => text.trim().length >= 8);
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
      protectSecret(value);
      for (const form of [value.trim(), encodeURIComponent(value.trim())])
        expect(redact(`${before} ${form} ${after}`)).not.toContain(form);
      expect(redact(JSON.stringify({ before, value, after }))).not.toContain(
        JSON.stringify(value.trim()).slice(1, -1),
      );
    }),
  );
});
