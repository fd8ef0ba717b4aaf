import { afterEach, describe, expect, test } from 'vitest';
import { LocalSender } from '../../../src/delivery/local-sender.ts';
import type { SendOutcome } from '../../../src/delivery/outcome.ts';
import type { ResilienceOptions } from '../../../src/delivery/resilience/options.ts';
import { describeError, knownErrorCodes } from '../../../src/slack/errors.ts';
import type { Target } from '../../../src/slack/target.ts';
import { type Behaviour, openScriptedServer, type ScriptedServer } from './scripted-server.ts';

const oneRetry: ResilienceOptions = { maxRetries: 1, retryAmbiguous: false, rate: null, breaker: null };
const acceptingDuplicates: ResilienceOptions = { ...oneRetry, retryAmbiguous: true };
const slackPage = '<html><head><title>Server Error | Slack</title></head></html>';

let server: ScriptedServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

interface Sent {
  readonly outcome: SendOutcome;
  readonly requests: number;
}

async function send(
  behaviours: readonly Behaviour[],
  { to = 'bot', resilience = oneRetry, deadlineMs = 10_000 }: SendSettings = {},
): Promise<Sent> {
  server = await openScriptedServer(...behaviours);
  const target: Target =
    to === 'webhook'
      ? { kind: 'webhook', url: server.webhookUrl }
      : { kind: 'bot', baseUrl: server.baseUrl, token: 'xoxb-test-token' };
  const sender = new LocalSender({ target, deadlineMs, connections: 2, queueLimit: 10, resilience });
  const outcome = await sender.send({ id: 'n1', path: 'expiry', channel: 'C123ABC456', text: 'hello' });
  await sender.close();
  return { outcome, requests: server.requests.length };
}

interface SendSettings {
  readonly to?: Target['kind'];
  readonly resilience?: ResilienceOptions;
  readonly deadlineMs?: number;
}

function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return { kind: 'reply', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const posted = reply(200, { ok: true, channel: 'C123ABC456', ts: '1503435956.000247' });
const delivered = { status: 'delivered', channel: 'C123ABC456', ts: '1503435956.000247' };
const once = 1;
const again = 2;

describe('each row of the HTTP table', () => {
  const httpError = { status: 'failed', code: 'http-error' };
  const permanent = { retryable: false, ambiguous: false };
  const ambiguous = { ambiguous: true };

  test.each<[string, readonly Behaviour[], Partial<SendOutcome> | object, number]>([
    ['200 ok:true', [posted], delivered, once],
    [
      '200 without JSON',
      [reply(200, slackPage)],
      { code: 'bad-response', ...ambiguous, retryable: false },
      once,
    ],
    ['200 with {}', [reply(200, {})], { code: 'bad-response', ...ambiguous, retryable: false }, once],
    ['201 with an empty body', [reply(201, '')], { code: 'bad-response', ...ambiguous }, once],
    ['429, then 200', [reply(429, {}, { 'retry-after': '0' }), posted], delivered, again],
    ['429 for 1 s, then 200', [reply(429, {}, { 'retry-after': '1' }), posted], delivered, again],
    ['429 without Retry-After, then 200', [reply(429, ''), posted], delivered, again],
    ['429 for ever', [reply(429, '')], { code: 'rate-limited', retryable: true, ambiguous: false }, again],
    ['429 beyond the deadline', [reply(429, '', { 'retry-after': '60' })], { retryAfterMs: 60_000 }, once],
    ['302', [reply(302, '', { location: '/elsewhere' })], { ...httpError, ...permanent }, once],
    ['307', [reply(307, '', { location: '/elsewhere' })], { ...httpError, ...permanent }, once],
    ['400', [reply(400, '')], { ...httpError, ...permanent }, once],
    ['401', [reply(401, slackPage)], { ...httpError, ...permanent }, once],
    ['403', [reply(403, '')], { ...httpError, ...permanent }, once],
    ['404', [reply(404, slackPage)], { ...httpError, ...permanent }, once],
    ['407', [reply(407, '')], { ...httpError, ...permanent }, once],
    ['408, then 200', [reply(408, 'stream timeout'), posted], delivered, again],
    ['500', [reply(500, ''), posted], { ...httpError, ...ambiguous, httpStatus: 500 }, once],
    ['502', [reply(502, ''), posted], { ...httpError, ...ambiguous }, once],
    ['503 with Slack’s page', [reply(503, slackPage), posted], { ...httpError, ...ambiguous }, once],
    ['504', [reply(504, ''), posted], { ...httpError, ...ambiguous }, once],
    ['commit, then drop', [{ kind: 'drop' }, posted], { code: 'reset', ...ambiguous }, once],
    ['a body that ends early', [{ kind: 'half-body' }, posted], { code: 'reset', ...ambiguous }, once],
    [
      'bytes that are not HTTP',
      [{ kind: 'bytes', bytes: Buffer.from('SSH-2.0-OpenSSH_9\r\n\r\n'), thenClose: true }, posted],
      { code: 'bad-response', ...ambiguous },
      once,
    ],
  ])('%s', async (_row, behaviours, outcome, requests) => {
    expect(await send(behaviours)).toMatchObject({ outcome, requests });
  });

  test.each<[string, Behaviour, string]>([
    ['no reply', { kind: 'hang' }, 'response'],
    ['a body that stalls', { kind: 'stall' }, 'body'],
  ])('%s ends at the deadline as ambiguous', async (_row, behaviour, waitingFor) => {
    expect(await send([behaviour], { deadlineMs: 1500 })).toMatchObject({
      outcome: { status: 'timed-out', ambiguous: true, waitingFor, attempts: 1 },
      requests: once,
    });
  });

  test('a port that refuses is provably not posted', async () => {
    const closed = await openScriptedServer();
    await closed.close();
    const target: Target = { kind: 'bot', baseUrl: closed.baseUrl, token: 'xoxb-test-token' };
    const sender = new LocalSender({
      target,
      deadlineMs: 5000,
      connections: 1,
      queueLimit: 1,
      resilience: oneRetry,
    });
    expect(await sender.send({ id: 'n1', path: 'expiry', channel: 'C1', text: 'hello' })).toMatchObject({
      status: 'failed',
      code: 'refused',
      ambiguous: false,
      attempts: 0,
    });
    await sender.close();
  });
});

describe('each error code of Slack', () => {
  test.each(knownErrorCodes)('%s is classed and requested accordingly', async (code) => {
    const { class: errorClass } = describeError(code);
    expect(await send([reply(200, { ok: false, error: code })])).toMatchObject({
      outcome: {
        status: 'failed',
        code,
        retryable: errorClass !== 'permanent',
        ambiguous: errorClass === 'ambiguous',
      },
      requests: errorClass === 'safe-to-retry' ? again : once,
    });
  });

  test('a code that is not known is permanent', async () => {
    expect(await send([reply(200, { ok: false, error: 'brand_new_code' }), posted])).toMatchObject({
      outcome: { code: 'brand_new_code', retryable: false },
      requests: once,
    });
  });
});

describe('each row of the webhook table', () => {
  test.each<[number, string, object, number]>([
    [200, 'ok', { status: 'delivered', channel: 'C123ABC456', ts: null }, once],
    [200, 'nope', { code: 'bad-response', ambiguous: true }, once],
    [302, '', { code: 'http-error', ambiguous: false }, once],
    [400, 'invalid_payload', { code: 'invalid_payload', ambiguous: false }, once],
    [400, 'no_text', { code: 'no_text' }, once],
    [400, 'user_not_found', { code: 'user_not_found' }, once],
    [400, 'too_many_attachments', { code: 'too_many_attachments' }, once],
    [400, 'invalid_blocks', { code: 'invalid_blocks' }, once],
    [403, 'action_prohibited', { code: 'action_prohibited' }, once],
    [403, 'invalid_token', { code: 'invalid_token' }, once],
    [403, 'posting_to_general_channel_denied', { code: 'posting_to_general_channel_denied' }, once],
    [403, 'team_disabled', { code: 'team_disabled' }, once],
    [404, 'channel_not_found', { code: 'channel_not_found' }, once],
    [404, 'no_service', { code: 'no_service' }, once],
    [404, 'no_active_hooks', { code: 'no_active_hooks' }, once],
    [404, 'no_team', { code: 'no_team' }, once],
    [410, 'channel_is_archived', { code: 'channel_is_archived' }, once],
    [429, '{"retry_after":0,"ok":false,"error":"rate_limited"}', { code: 'rate-limited' }, again],
    [500, 'rollup_error', { code: 'rollup_error', ambiguous: true }, once],
  ])('%i %s', async (status, body, outcome, requests) => {
    expect(await send([reply(status, body)], { to: 'webhook' })).toMatchObject({ outcome, requests });
  });
});

describe('when duplicates are accepted', () => {
  test.each<[string, Behaviour]>([
    ['commit, then drop', { kind: 'drop' }],
    ['503', reply(503, slackPage)],
    ['internal_error', reply(200, { ok: false, error: 'internal_error' })],
    ['no reply', { kind: 'hang' }],
  ])('%s is requested again', async (_row, behaviour) => {
    expect(
      await send([behaviour, posted], { resilience: acceptingDuplicates, deadlineMs: 4000 }),
    ).toMatchObject({
      outcome: { ...delivered, attempts: 2 },
      requests: again,
    });
  });

  test.each([
    ['a page', slackPage],
    ['nothing', ''],
    ['an object without ok', '{}'],
  ])('a 200 with %s is still requested once', async (_row, body) => {
    expect(await send([reply(200, body), posted], { resilience: acceptingDuplicates })).toMatchObject({
      requests: once,
    });
  });
});

test('a notification that Slack would refuse is never requested', async () => {
  server = await openScriptedServer(posted);
  const target: Target = { kind: 'bot', baseUrl: server.baseUrl, token: 'xoxb-test-token' };
  const sender = new LocalSender({ target, deadlineMs: 1000, connections: 1, queueLimit: 1 });
  const buttons = [{ text: 'x'.repeat(76), actionId: 'a' }];
  expect(
    await sender.send({ id: 'n1', path: 'expiry', channel: 'C1', text: 'hello', buttons }),
  ).toMatchObject({
    status: 'failed',
    code: 'invalid-notification',
    message: 'buttons[0].text has 76 characters; Slack takes at most 75; shorten it',
    attempts: 0,
  });
  expect(server.requests).toEqual([]);
  await sender.close();
});

test('a reply of 20 MB is read to its end, kept in part and taken as unreadable', async () => {
  const huge = JSON.stringify({ ok: true, padding: 'x'.repeat(20 * 1024 * 1024) });
  expect(await send([reply(200, huge)])).toMatchObject({
    outcome: { code: 'bad-response', ambiguous: true },
    requests: once,
  });
});
