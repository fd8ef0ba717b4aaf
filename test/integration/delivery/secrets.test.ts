import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import { strategyNames } from '../../../dist/model/names.js';
import { type Behaviour, openServerByText, type ScriptedServer } from './scripted-server.ts';

/** Of no known form, so that only its exact value gives it away. */
const token = 'a&b/secret<token>"of+24';
const forms = [
  token,
  encodeURIComponent(token),
  JSON.stringify(token).slice(1, -1),
  token.replaceAll('&', '&amp;'),
];

const reply = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Behaviour => ({
  kind: 'reply',
  status,
  headers,
  body,
});
const bytes = (text: string): Behaviour => ({ kind: 'bytes', bytes: Buffer.from(text), thenClose: true });
const page = (said: string) => `<html><head><title>${said}</title></head></html>`;

/** What a server says that repeats the token wherever it can, by what an outcome keeps of it. */
const echoes: readonly (readonly [name: string, behaviour: Behaviour])[] = forms.flatMap((form, index) => [
  [`${index}: a code`, reply(200, JSON.stringify({ ok: false, error: form }))],
  [
    `${index}: a needed scope`,
    reply(200, JSON.stringify({ ok: false, error: 'missing_scope', needed: form })),
  ],
  [
    `${index}: messages`,
    reply(
      200,
      JSON.stringify({ ok: false, error: 'invalid_blocks', response_metadata: { messages: [form] } }),
    ),
  ],
  [`${index}: a warning`, reply(200, JSON.stringify({ ok: true, channel: form, ts: form, warning: form }))],
  [`${index}: a page`, reply(403, page(form))],
  [`${index}: a page of the server’s failure`, reply(502, page(`Authorization: Bearer ${form}`))],
  [`${index}: the word of a refusal`, reply(400, form)],
  [
    `${index}: a redirect`,
    reply(302, '', { location: `https://example.com/?token=${encodeURIComponent(form)}` }),
  ],
  [`${index}: no HTTP`, bytes(`${form}\r\n\r\n`)],
  [`${index}: a head that is none`, bytes(`HTTP/1.1 200 OK\r\n${form}\r\n\r\n`)],
]);

let server: ScriptedServer;
beforeAll(async () => {
  server = await openServerByText(new Map(echoes.map(([name, behaviour]) => [name, [behaviour]])));
});
afterAll(() => server.close());

test.each(strategyNames)(
  'with %s no outcome repeats the token, whatever the server says',
  async (strategy) => {
    const host = await (await loadStrategy(strategy)).open({
      target: { kind: 'bot', baseUrl: server.baseUrl, token },
      deadlineMs: 5000,
      connections: 10,
      queueLimit: 100,
    });
    const outcomes = await Promise.all(
      echoes.map(([text]) => host.sender.send({ id: text, path: 'expiry', channel: 'C1', text })),
    );
    await host.close();
    const said = outcomes.map((outcome) => [outcome.id, JSON.stringify(outcome)] as const);
    const leaks = said.filter(([, text]) => forms.some((form) => text.includes(form)));
    expect(leaks).toEqual([]);
    expect(outcomes.map(({ status }) => status)).not.toContain('timed-out');
  },
);

test.each(strategyNames)('with %s no connection’s failure repeats the token', async (strategy) => {
  const host = await (await loadStrategy(strategy)).open({
    // A token that was pasted into the URL as well, as its user's password and its host.
    target: {
      kind: 'bot',
      baseUrl: `http://user:${encodeURIComponent(token)}@secret-token-24.invalid/`,
      token: 'secret-token-24',
    },
    deadlineMs: 5000,
    connections: 1,
    queueLimit: 10,
  });
  const outcome = await host.sender.send({ id: 'n', path: 'expiry', channel: 'C1', text: 'x' });
  await host.close();
  expect(outcome.status).toBe('failed');
  expect(JSON.stringify(outcome)).not.toContain('secret-token-24');
});
