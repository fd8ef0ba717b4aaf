import { describe, expect, test } from 'vitest';
import { botAt, type Server, seenBy, serve, webApi } from './surroundings.ts';

const authorised = { 'auth.test': { ok: true, user: 'timerbot', team: 'Acme' } };
const channel = { TIMER_NOTIFY_CHANNEL: 'C0123456789' };

describe('auth.test', () => {
  test('says who the token is', async () => {
    await using api = await webApi(authorised);
    expect(await seenBy('auth', { env: botAt(api) })).toMatchObject({
      status: 'ok',
      seen: 'timerbot in Acme',
    });
  });

  test('a refused token fails with Slack’s code and what to do', async () => {
    await using api = await webApi({ 'auth.test': { ok: false, error: 'invalid_auth' } });
    expect(await seenBy('auth', { env: botAt(api) })).toMatchObject({
      status: 'fail',
      seen: expect.stringContaining('invalid_auth'),
      fix: expect.stringContaining('token'),
    });
  });

  test('something that is not Slack fails with its status', async () => {
    await using api = await webApi({});
    expect(await seenBy('auth', { env: botAt(api) })).toMatchObject({
      status: 'fail',
      seen: expect.stringContaining('HTTP 404'),
    });
  });

  test('a server that cannot be reached leaves it open', async () => {
    const env = { SLACK_API_URL: 'http://127.0.0.1:1/api/', SLACK_BOT_TOKEN: 'xoxb-test-token' };
    expect(await seenBy('auth', { env })).toMatchObject({ status: 'inconclusive' });
  });
});

describe('scopes', () => {
  test.each([
    ['chat:write,channels:read', 'ok'],
    ['channels:read', 'fail'],
    ['', 'fail'],
    [null, 'inconclusive'],
  ])('granted "%s": %s', async (scopes, status) => {
    await using api = await webApi(authorised, scopes);
    expect(await seenBy('scopes', { env: botAt(api) })).toMatchObject({ status });
  });
});

describe('membership', () => {
  test.each([
    [{ ok: true, channel: { is_member: true } }, 'chat:write', 'ok'],
    [{ ok: true, channel: { is_member: false } }, 'chat:write', 'fail'],
    [{ ok: true, channel: { is_member: false } }, 'chat:write,chat:write.public', 'ok'],
    [{ ok: true, channel: { is_member: false, is_private: true } }, 'chat:write,chat:write.public', 'fail'],
    [{ ok: true, channel: { is_member: true, is_archived: true } }, 'chat:write', 'fail'],
    [{ ok: false, error: 'channel_not_found' }, 'chat:write', 'fail'],
    [{ ok: false, error: 'missing_scope' }, 'chat:write', 'inconclusive'],
  ])('%j with %s: %s', async (answer, scopes, status) => {
    await using api = await webApi({ ...authorised, 'conversations.info': answer }, scopes);
    expect(await seenBy('membership', { env: botAt(api, channel) })).toMatchObject({ status });
  });
});

describe('webhook', () => {
  const hookAt = ({ origin }: Server) => ({ SLACK_WEBHOOK_URL: `${origin}/services/T000/B000/XXXX` });

  test.each([
    [400, 'no_text', 'ok'],
    [404, 'no_service', 'fail'],
    [403, 'invalid_token', 'fail'],
    [502, '<html>Bad Gateway</html>', 'fail'],
    [200, 'ok', 'warn'],
  ])('%d %s: %s', async (code, body, status) => {
    await using hook = await serve((_request, response) => response.writeHead(code).end(body));
    const report = await seenBy('webhook', { env: hookAt(hook) });
    expect(report.status).toBe(status);
    expect(JSON.stringify(report)).not.toContain('B000');
  });

  test('is asked with an empty message, so that nothing is posted', async () => {
    const bodies: string[] = [];
    await using hook = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.on('end', () => response.writeHead(400).end('no_text'));
    });
    await seenBy('webhook', { env: hookAt(hook) });
    expect(bodies.map((body): unknown => JSON.parse(body))).toEqual([{ text: '' }]);
  });
});
