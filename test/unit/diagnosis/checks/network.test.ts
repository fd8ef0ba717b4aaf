import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type Server as NetServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { matchesNoProxy } from '../../../../src/diagnosis/checks/no-proxy.ts';
import { botAt, seenBy, serve, webApi } from './surroundings.ts';

const bot = (baseUrl: string): NodeJS.ProcessEnv => ({
  SLACK_API_URL: baseUrl,
  SLACK_BOT_TOKEN: 'xoxb-test-token',
});

describe('the way to the server', () => {
  test.each(['dns', 'tcp', 'first-byte', 'clock'])('%s is timed by itself', async (id) => {
    await using api = await webApi({});
    expect(await seenBy(id, { env: botAt(api) })).toMatchObject({ status: 'ok' });
  });

  test('there is no handshake to time over http', async () => {
    await using api = await webApi({});
    expect(await seenBy('tls', { env: botAt(api) })).toMatchObject({ status: 'skipped' });
  });

  test('an unknown host fails in DNS, or is left open on a machine without one', async () => {
    const report = await seenBy('dns', { env: bot('http://slack-gateway.invalid/api/') });
    expect(report.status).toMatch(/^(fail|inconclusive)$/);
    expect(report.seen).toContain('slack-gateway.invalid');
  });

  test('a step behind a failed one is skipped', async () => {
    expect(
      await seenBy('first-byte', { env: bot(`http://127.0.0.1:${await closedPort()}/api/`) }),
    ).toMatchObject({
      status: 'skipped',
      seen: 'TCP failed',
    });
  });

  test('a closed port is refused', async () => {
    expect(await seenBy('tcp', { env: bot(`http://127.0.0.1:${await closedPort()}/api/`) })).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('port'),
    });
  });

  test('a self-signed certificate is not trusted', async () => {
    const pem = readFileSync(new URL('../../../../fixtures/apps/support/self-signed.pem', import.meta.url));
    const server = createTlsServer({ key: pem, cert: pem });
    const port = await listen(server);
    const report = await seenBy('tls', { env: bot(`https://127.0.0.1:${port}/api/`) });
    server.close();
    expect(report).toMatchObject({ status: 'fail', fix: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });

  test('a server that hangs up without an answer is a reset', async () => {
    await using api = await serve((request) => request.socket.destroy());
    expect(await seenBy('first-byte', { env: botAt(api) })).toMatchObject({ status: 'fail' });
  });

  test('a clock that is an hour off is worth a word', async () => {
    await using api = await serve((_request, response) => {
      response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString());
      response.end();
    });
    expect(await seenBy('clock', { env: botAt(api) })).toMatchObject({
      status: 'warn',
      seen: expect.stringContaining('ahead'),
    });
  });
});

describe('proxy', () => {
  const target = { SLACK_BOT_TOKEN: 'xoxb-test-token' };

  test('a proxy that Node does not read is worth a word, and its password stays out', async () => {
    const report = await seenBy('proxy', {
      env: { ...target, HTTPS_PROXY: 'http://user:hunter22@proxy.test:3128' },
    });
    expect(report).toMatchObject({ status: 'warn', seen: expect.stringContaining('HTTPS_PROXY') });
    expect(report.seen).not.toContain('hunter22');
  });

  test('a host exempted by NO_PROXY needs none', async () => {
    const env = { ...target, HTTPS_PROXY: 'http://proxy.test:3128', NO_PROXY: 'localhost,.slack.com' };
    expect(await seenBy('proxy', { env })).toMatchObject({ status: 'ok' });
  });

  test.each([
    ['slack.com', 'slack.com', true],
    ['hooks.slack.com', '.slack.com', true],
    ['hooks.slack.com', '*.slack.com', true],
    ['notslack.com', 'slack.com', false],
    ['slack.com', '*', true],
    ['slack.com', '', false],
    ['slack.com', 'localhost, slack.com:443', true],
  ])('%s is exempted by "%s": %s', (host, noProxy, expected) => {
    expect(matchesNoProxy(host, noProxy)).toBe(expected);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(server: NetServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(address.port);
    });
  });
}
