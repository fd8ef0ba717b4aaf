import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LocalHost } from '../../../src/delivery/local-sender.ts';
import type { SendOutcome } from '../../../src/delivery/outcome.ts';
import { redact } from '../../../src/slack/redact.ts';
import { acceptToken } from '../../../src/slack/token.ts';
import { type Behaviour, openScriptedServer } from './scripted-server.ts';

const token = fc.stringMatching(/^[!-~]{8,60}$/).filter((text) => !/^(xapp|xoxe|xoxc|xoxd)-/.test(text));
const thenClose = fc.boolean();

/** Replies that look like Slack's, and repeat the token wherever a text may stand. */
function echo(secret: string): fc.Arbitrary<Behaviour> {
  const text = fc.constantFrom(secret, `Bearer ${secret}`, encodeURIComponent(secret), 'invalid_blocks');
  const answer = fc.record({
    ok: fc.constant(false),
    error: text,
    needed: text,
    errors: fc.array(text),
    response_metadata: fc.record({ messages: fc.array(text) }),
  });
  const page = text.map((title) => `<title>${title}</title>`);
  return fc.record({
    kind: fc.constant('reply' as const),
    status: fc.constantFrom(200, 302, 404, 429, 500),
    body: fc.oneof(
      answer.map((value) => JSON.stringify(value)),
      page,
    ),
  });
}

const anyBytes: fc.Arbitrary<Behaviour> = fc.record({
  kind: fc.constant('bytes' as const),
  bytes: fc.uint8Array({ maxLength: 400 }),
  thenClose,
});

/** A good beginning, so that the random bytes reach the body's readers too. */
const damagedReply: fc.Arbitrary<Behaviour> = fc.record({
  kind: fc.constant('bytes' as const),
  bytes: fc
    .tuple(
      fc.constantFrom('', 'content-length: 40\r\n', 'transfer-encoding: chunked\r\n'),
      fc.uint8Array({ maxLength: 80 }),
    )
    .map(([header, body]) => Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${header}\r\n`), body])),
  thenClose,
});

test('any text to any server ends in one outcome, and no output holds the token', async () => {
  const scene = token.chain((secret) =>
    fc.record({
      secret: fc.constant(secret),
      behaviour: fc.oneof(anyBytes, damagedReply, echo(secret)),
      text: fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
      channel: fc.string(),
    }),
  );
  await fc.assert(
    fc.asyncProperty(scene, async ({ secret, behaviour, text, channel }) => {
      const outcome = await sendTo(behaviour, acceptToken(secret, 'the test'), { text, channel });
      expect(['delivered', 'failed', 'timed-out']).toContain(outcome.status);
      const output = redact(JSON.stringify(outcome));
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        expect(output).not.toContain(form);
    }),
    { numRuns: 150 },
  );
});

async function sendTo(
  behaviour: Behaviour,
  secret: string,
  message: { readonly text: string; readonly channel: string },
): Promise<SendOutcome> {
  const server = await openScriptedServer(behaviour);
  const target = { kind: 'bot' as const, baseUrl: server.baseUrl, token: secret };
  const resilience = { maxRetries: 1, retryAmbiguous: true, rate: null, breaker: null };
  const sender = new LocalHost({ target, deadlineMs: 100, connections: 1, queueLimit: 1, resilience }).sender;
  try {
    return await sender.send({ id: 'n1', path: 'expiry', ...message });
  } finally {
    await sender.close();
    await server.close();
  }
}
