import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator, Session } from '../../../dist/emulator/emulator.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
import { post } from './post.ts';
import { clientOf, errorOf } from './web-client.ts';

let emulator: Emulator;
let session: Session;
beforeAll(async () => {
  emulator = await startEmulator();
  session = await emulator.open({});
});
afterAll(() => emulator.close());

describe('a fault that a token asks for', () => {
  it('strikes that token’s requests and nobody else’s', async () => {
    expect((await post(session.baseUrl, { token: 'xoxb-test-status-503' })).status).toBe(503);
    expect((await post(session.baseUrl)).status).toBe(200);
  });

  it('strikes as often as it says, for one method where it names one', async () => {
    const token = 'xoxb-test-chat.postMessage/status-500:first-1';
    const statusOf = async (method: string) => (await post(session.baseUrl, { token, method })).status;
    const statuses = [await statusOf('api.test'), await statusOf('chat.postMessage')];
    expect([...statuses, await statusOf('chat.postMessage')]).toEqual([200, 500, 200]);
  });

  it('strikes a webhook whose last part it is', async () => {
    const url = session.webhookUrl.replace('XXXX', 'rate-limit:3s');
    const answer = await fetch(url, { method: 'POST', body: '{"text":"x"}' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '3']);
  });
});

describe('a lenient emulator', () => {
  let lenient: Session;
  beforeAll(async () => {
    lenient = await emulator.open({ lenient: true });
  });

  it('answers ok, posts nothing, and says what Slack would answer', async () => {
    const answer = await clientOf(lenient).apiCall('chat.update', {
      channel: 'C1',
      ts: '1.000001',
      text: 'x',
    });
    expect(answer).toMatchObject({
      ok: true,
      warning: 'message_not_found',
      response_metadata: { messages: ['[WARN] lenient: Slack would answer message_not_found'] },
    });
    expect((await lenient.stats()).arrivals).toBe(0);
  });

  it('answers methods that it lacks, but none that Slack has not', async () => {
    const slack = clientOf(lenient);
    expect(await slack.apiCall('calls.add')).toMatchObject({ ok: true, warning: 'unknown_method' });
    expect(await errorOf(slack.apiCall('calls.ad'))).toBe('unknown_method');
  });

  it('still refuses a bad token, and errors that a call asks for', async () => {
    expect(await errorOf(clientOf(lenient, 'nope').auth.test())).toBe('invalid_auth');
    const archived = clientOf(lenient).chat.postMessage({ channel: '#is_archived', text: 'x' });
    expect(await errorOf(archived)).toBe('is_archived');
  });
});

describe('OAuth', () => {
  const credentials = { client_id: '111.222', client_secret: 'secret' };

  it('gives a bot token for a code, and one with an end for a refresh token', async () => {
    const slack = clientOf(session);
    expect(await slack.oauth.v2.access({ ...credentials, code: 'abc' })).toMatchObject({
      token_type: 'bot',
      access_token: expect.stringMatching(/^xoxb-/),
      team: { id: 'T0TIMERTEAM' },
    });
    expect(
      await slack.oauth.v2.access({ ...credentials, grant_type: 'refresh_token', refresh_token: 'xoxe-1-x' }),
    ).toMatchObject({ access_token: expect.stringMatching(/^xoxe\.xoxb-/), expires_in: 43_200 });
  });

  it.each([
    [{ client_id: '999.999', client_secret: 'secret', code: 'abc' }, 'invalid_client_id'],
    [{ client_id: '111.222', client_secret: 'wrong', code: 'abc' }, 'bad_client_secret'],
    [{ ...credentials, code: '' }, 'invalid_code'],
    [{ ...credentials, code: 'bad_redirect_uri' }, 'bad_redirect_uri'],
  ])('refuses %j: %s', async (args, error) => {
    const own = await emulator.open({ client: { id: '111.222', secret: 'secret' } });
    expect(await errorOf(clientOf(own).oauth.v2.access(args))).toBe(error);
    await own.close();
  });

  it('says who a person is, by a token and by an ID token', async () => {
    const slack = clientOf(session);
    const { id_token } = await slack.openid.connect.token({ ...credentials, code: 'abc' });
    const claims = JSON.parse(Buffer.from(String(id_token).split('.')[1] ?? '', 'base64url').toString());
    expect([claims.aud, claims.sub]).toEqual(['111.222', 'U0ALICE']);
    expect(await slack.openid.connect.userInfo()).toMatchObject({ sub: 'U0ALICE', email_verified: true });
  });
});

describe('every method', () => {
  it('limits all calls together', async () => {
    const own = await emulator.open({ workspaceRateLimit: { burst: 2, perSecond: 1 } });
    const statuses = [];
    for (const method of ['api.test', 'auth.test', 'chat.postMessage'])
      statuses.push((await post(own.baseUrl, { method })).status);
    expect(statuses).toEqual([200, 200, 429]);
    await own.close();
  });

  it.each([
    ['auth.test', 'xoxb-test-token', true],
    ['chat.postMessage', 'xoxb-test-token', true],
    ['auth.test', '', false],
    ['auth.test', 'nope', false],
    ['api.test', '', false],
    ['oauth.v2.access', '', false],
    ['no.such', '', false],
  ])('%s with the token "%s" is told the scopes of it: %s', async (method, token, scopes) => {
    const { headers } = await post(session.baseUrl, { method, token });
    expect('x-oauth-scopes' in headers).toBe(scopes);
  });

  it('a retired method says so', async () => {
    expect(await errorOf(clientOf(session).apiCall('files.upload', { content: 'x' }))).toBe(
      'method_deprecated',
    );
  });

  it('a list’s cursor stands beside a warning', async () => {
    const { body } = await post(session.baseUrl, {
      method: 'users.list',
      contentType: 'application/json',
      body: '{"limit":2}',
    });
    expect(JSON.parse(body).response_metadata).toEqual({
      next_cursor: expect.stringMatching(/./),
      warnings: ['missing_charset'],
    });
  });
});
