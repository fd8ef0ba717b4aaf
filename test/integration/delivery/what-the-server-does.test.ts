import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { SendOutcome } from '../../../dist/delivery/outcome.js';
import type { DeliveryHost } from '../../../dist/delivery/strategy.js';
import { type StrategyName, strategyNames } from '../../../dist/model/names.js';
import { describeError, knownErrorCodes } from '../../../dist/slack/errors.js';
import type { Target } from '../../../dist/slack/target.js';
import {
  type Behaviour,
  openScriptedServer,
  openServerByText,
  type ScriptedServer,
} from './scripted-server.ts';

/** One message to a server that answers it by a script, and what must become of it, whatever the strategy. */
interface Row {
  readonly name: string;
  readonly behaviours: readonly Behaviour[];
  readonly outcome: object;
  readonly requests: number;
  readonly to: Target['kind'];
  readonly acceptsDuplicates: boolean;
}

const slackPage = '<html><head><title>Server Error | Slack</title></head></html>';

function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Behaviour {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  return { kind: 'reply', status, headers, body: isRaw ? body : JSON.stringify(body) };
}

function bytes(text: string, thenClose: boolean | 'reset' = false): Behaviour {
  return { kind: 'bytes', bytes: Buffer.from(text), thenClose };
}

function encoded(encoding: string, compress: (body: string) => Buffer): Behaviour {
  return reply(200, compress(JSON.stringify(postedBody)), { 'content-encoding': encoding });
}

const postedBody = { ok: true, channel: 'C123ABC456', ts: '1503435956.000247' };
const posted = reply(200, postedBody);
const delivered = { status: 'delivered', channel: 'C123ABC456', ts: '1503435956.000247' };
const httpError = { status: 'failed', code: 'http-error' };
const permanent = { retryable: false, ambiguous: false };
const ambiguous = { ambiguous: true };
const unsure = { status: 'failed', retryable: false, ambiguous: true };
const once = 1;
const again = 2;
/** At 0, 1 and 3 s: after each 429 that names no time, a channel waits twice as long. */
const thrice = 3;
const deadlineMs = 6500;

const steering = '\u001b[2J\r\n✔ expiry delivered to C1\u202e';
const longCode = `slack_${'word_'.repeat(18)}end`;
const longWarnings = Array.from({ length: 20 }, (_, index) => `warning_number_${index}_which_is_long`);

type Short = readonly [name: string, behaviours: readonly Behaviour[], outcome: object, requests: number];

const httpRows: readonly Short[] = [
  ['200 ok:true', [posted], delivered, once],
  [
    '200 with warnings',
    [reply(200, { ...postedBody, warning: longWarnings.join(',') })],
    { ...delivered, warnings: longWarnings },
    once,
  ],
  [
    '200 with a channel and a ts that steer the terminal',
    [reply(200, { ok: true, channel: `C1${steering}`, ts: steering })],
    { status: 'delivered', channel: null, ts: null },
    once,
  ],
  ['200 without JSON', [reply(200, slackPage)], { code: 'bad-response', ...unsure }, once],
  ['200 with {}', [reply(200, {})], { code: 'bad-response', ...unsure }, once],
  ['201 with an empty body', [reply(201, '')], { code: 'bad-response', ...unsure }, once],
  [
    '200 with 5 MB',
    [reply(200, { ok: true, padding: 'x'.repeat(5 * 1024 * 1024) })],
    { code: 'bad-response', ...unsure },
    once,
  ],
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
  [
    '503 that says how long to wait',
    [reply(503, slackPage, { 'retry-after': '7' })],
    { ...httpError, ...ambiguous, retryAfterMs: 7000 },
    once,
  ],
  ['504', [reply(504, ''), posted], { ...httpError, ...ambiguous }, once],
  [
    'a title that steers the terminal',
    [reply(502, `<title>${steering}</title>`)],
    { ...httpError, message: expect.stringMatching(/^[^\p{Cc}\p{Bidi_Control}]*$/u) },
    once,
  ],
  ['gzip', [encoded('gzip', gzipSync)], delivered, once],
  ['br', [encoded('br', brotliCompressSync)], delivered, once],
  ['deflate', [encoded('deflate', deflateSync)], delivered, once],
  ['deflate without its head', [encoded('deflate', deflateRawSync)], delivered, once],
  [
    'gzip that is none',
    [reply(200, slackPage, { 'content-encoding': 'gzip' })],
    { code: 'bad-response', ...unsure },
    once,
  ],
  [
    '103, then 200',
    [bytes(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${http(200, postedBody)}`)],
    delivered,
    once,
  ],
  [
    '100 Continue unasked, then 200',
    [bytes(`HTTP/1.1 100 Continue\r\n\r\n${http(200, postedBody)}`)],
    delivered,
    once,
  ],
  [
    '100 Continue twice, with headers, then 429, then 200',
    [
      bytes(
        `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nserver: x\r\n\r\nHTTP/1.1 429 Too Many\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      ),
      bytes(`HTTP/1.1 100 Continue\r\n\r\n${http(200, postedBody)}`),
    ],
    delivered,
    again,
  ],
  ['headers of 20 kB', [reply(200, postedBody, { 'x-padding': 'x'.repeat(20_000) })], delivered, once],
];

const tooMany: readonly Short[] = [
  ['429, then 200', [reply(429, {}, { 'retry-after': '0' }), posted], delivered, again],
  ['429 for 1 s, then 200', [reply(429, {}, { 'retry-after': '1' }), posted], delivered, again],
  ['429 without Retry-After, then 200', [reply(429, ''), posted], delivered, again],
  ['429 for ever', [reply(429, '')], { code: 'rate-limited', retryable: true, ambiguous: false }, thrice],
  [
    '429 for a day',
    [reply(429, '', { 'retry-after': '86400' })],
    { code: 'rate-limited', retryAfterMs: 86_400_000 },
    once,
  ],
  [
    '429 for more than a number holds',
    [reply(429, '', { 'retry-after': '9'.repeat(400) })],
    { code: 'rate-limited', retryAfterMs: 2 ** 31 - 1 },
    once,
  ],
  ['ratelimited without 429', [reply(200, { ok: false, error: 'ratelimited' }), posted], delivered, again],
  [
    'message_limit_exceeded',
    [reply(200, { ok: false, error: 'message_limit_exceeded' }), posted],
    { code: 'message_limit_exceeded', retryable: true, ambiguous: false },
    once,
  ],
  [
    'a refusal that says how long to wait',
    [reply(200, { ok: false, error: 'channel_not_found' }, { 'retry-after': '3600' }), posted],
    { code: 'channel_not_found', ...permanent },
    once,
  ],
  [
    'the head of a 429',
    [bytes('HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\ncontent-length: 99\r\n\r\n{', 'reset')],
    {
      code: 'rate-limited',
      httpStatus: 429,
      retryAfterMs: 3_600_000,
      ambiguous: false,
      message: expect.stringContaining('not posted'),
    },
    once,
  ],
  [
    'the head of a 503',
    [bytes('HTTP/1.1 503 Unavailable\r\ncontent-length: 99\r\n\r\n<', 'reset'), posted],
    { ...httpError, httpStatus: 503, ambiguous: true },
    once,
  ],
  [
    'the head of a 400',
    [bytes('HTTP/1.1 400 Bad Request\r\ncontent-length: 99\r\n\r\n<', 'reset'), posted],
    { ...httpError, ...permanent },
    once,
  ],
];

/** After each of them the message may be there, so none is sent again, not even where duplicates are accepted. */
const afterTheHead: readonly Short[] = [
  [
    'a body that is reset',
    [bytes('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"ok":true,', 'reset'), posted],
    { ...unsure, code: 'reset', httpStatus: 200 },
    once,
  ],
  ['a body that ends early', [{ kind: 'half-body' }, posted], { ...unsure, code: 'reset' }, once],
  [
    'a body that stalls',
    [{ kind: 'stall' }, posted],
    { status: 'timed-out', ambiguous: true, waitingFor: 'body' },
    once,
  ],
  [
    'a body in bad chunks',
    [bytes('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{"ok":true}'), posted],
    { ...unsure, code: 'bad-response' },
    once,
  ],
  [
    'a whole answer whose connection is reset',
    [bytes(`HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n${JSON.stringify(postedBody)}`, 'reset')],
    delivered,
    once,
  ],
  [
    'headers of 80 kB',
    [reply(200, postedBody, { 'x-padding': 'x'.repeat(80_000) }), posted],
    { ...unsure, code: 'bad-response' },
    once,
  ],
  [
    'bytes that are not HTTP',
    [bytes('SSH-2.0-OpenSSH_9\r\n\r\n', true), posted],
    { ...unsure, code: 'bad-response' },
    once,
  ],
  ['a page', [reply(200, slackPage), posted], { ...unsure, code: 'bad-response' }, once],
  ['nothing', [reply(200, ''), posted], { ...unsure, code: 'bad-response' }, once],
];

const beforeTheHead: readonly Short[] = [
  [
    '100 Continue and no more',
    [bytes('HTTP/1.1 100 Continue\r\n\r\n'), posted],
    { status: 'timed-out', ambiguous: true, waitingFor: 'response' },
    once,
  ],
  [
    '100 Continue, then the end',
    [bytes('HTTP/1.1 100 Continue\r\n\r\n', true), posted],
    { code: 'reset', ambiguous: true },
    once,
  ],
  ['commit, then drop', [{ kind: 'drop' }, posted], { code: 'reset', ambiguous: true }, once],
  [
    'no reply',
    [{ kind: 'hang' }, posted],
    { status: 'timed-out', ambiguous: true, waitingFor: 'response' },
    once,
  ],
];

const duplicateRows: readonly Short[] = [
  ['commit, then drop, again', [{ kind: 'drop' }, posted], { ...delivered, attempts: 2 }, again],
  ['503, again', [reply(503, slackPage), posted], { ...delivered, attempts: 2 }, again],
  [
    '503 that asks for a second, again',
    [reply(503, slackPage, { 'retry-after': '1' }), posted],
    { ...delivered, attempts: 2 },
    again,
  ],
  [
    'internal_error, again',
    [reply(200, { ok: false, error: 'internal_error' }), posted],
    { ...delivered, attempts: 2 },
    again,
  ],
  ['no reply, again', [{ kind: 'hang' }, posted], { ...delivered, attempts: 2 }, again],
];

const webhookRows: readonly Short[] = [
  ['ok', [reply(200, 'ok')], { status: 'delivered', channel: null, ts: null }, once],
  ['a workflow’s ok', [reply(200, '{ "ok": true }')], { status: 'delivered', channel: null, ts: null }, once],
  ['nope', [reply(200, 'nope')], { ...unsure, code: 'bad-response' }, once],
  ['302', [reply(302, '')], { ...httpError, ...permanent }, once],
  ['500 rollup_error', [reply(500, 'rollup_error')], { code: 'rollup_error', ambiguous: true }, once],
  [
    '429',
    [reply(429, '{"retry_after":1,"ok":false,"error":"rate_limited"}'), reply(200, 'ok')],
    { status: 'delivered' },
    again,
  ],
  ['403 Forbidden', [reply(403, 'Forbidden')], { ...httpError, ...permanent }, once],
  ...[
    ...[
      'invalid_payload',
      'no_text',
      'missing_text',
      'user_not_found',
      'too_many_attachments',
      'invalid_blocks',
    ],
    ...['invalid_attachments', 'action_prohibited', 'invalid_token', 'posting_to_general_channel_denied'],
    ...[
      'team_disabled',
      'channel_not_found',
      'no_service',
      'no_active_hooks',
      'no_team',
      'channel_is_archived',
    ],
    'a_word_of_tomorrow',
  ].map(
    (word): Short => [
      `400 ${word}`,
      [reply(400, word)],
      { status: 'failed', code: word, ...permanent },
      once,
    ],
  ),
];

function requestsOf(code: string): number {
  // A minute is beyond the deadline.
  if (code === 'message_limit_exceeded') return once;
  switch (describeError(code).class) {
    case 'rate-limited':
      return thrice;
    case 'safe-to-retry':
      return again;
    case 'permanent':
    case 'ambiguous':
      return once;
  }
}

const codeRows = knownErrorCodes.map((code): Short => {
  const { class: errorClass, meaning } = describeError(code);
  const verdict = { retryable: errorClass !== 'permanent', ambiguous: errorClass === 'ambiguous' };
  const outcome = { status: 'failed', code, message: expect.stringContaining(meaning), ...verdict };
  return [code, [reply(200, { ok: false, error: code })], outcome, requestsOf(code)];
});

const strangeCodes: readonly Short[] = [
  [
    'a code of tomorrow',
    [reply(200, { ok: false, error: 'brand_new_code' }), posted],
    { code: 'brand_new_code', ...permanent },
    once,
  ],
  [
    'a code of 100 characters',
    [reply(200, { ok: false, error: longCode }), posted],
    { status: 'failed', code: longCode, ...permanent },
    once,
  ],
  [
    'a code that steers the terminal',
    [reply(200, { ok: false, error: steering }), posted],
    { code: 'bad-response', ...permanent },
    once,
  ],
  [
    'a code of this program’s',
    [reply(200, { ok: false, error: 'queue-full' }), posted],
    { code: 'bad-response', ...permanent },
    once,
  ],
];

function rowsOf(
  group: string,
  rows: readonly Short[],
  kind: Pick<Row, 'to' | 'acceptsDuplicates'>,
): readonly Row[] {
  return rows.map(([name, behaviours, outcome, requests]) => ({
    name: `${group}: ${name}`,
    behaviours,
    outcome,
    requests,
    ...kind,
  }));
}

const careful = { to: 'bot', acceptsDuplicates: false } as const;
const careless = { to: 'bot', acceptsDuplicates: true } as const;
const table: readonly Row[] = [
  ...rowsOf('HTTP', httpRows, careful),
  ...rowsOf('too many', tooMany, careful),
  ...rowsOf('after the head', afterTheHead, careful),
  ...rowsOf('before the head', beforeTheHead, careful),
  ...rowsOf('Slack’s code', codeRows, careful),
  ...rowsOf('strange code', strangeCodes, careful),
  ...rowsOf('webhook', webhookRows, { to: 'webhook', acceptsDuplicates: false }),
  ...rowsOf('duplicates accepted, after the head', afterTheHead, careless),
  ...rowsOf('duplicates accepted', duplicateRows, careless),
];

/** For a server that takes no second request on a connection to which it has written bytes. */
function http(status: number, body: unknown): string {
  const text = JSON.stringify(body);
  return `HTTP/1.1 ${status} OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
}

interface Ended {
  readonly outcome: SendOutcome;
  readonly requests: number;
}

/** Every strategy meets a server of its own. */
async function openTable(): Promise<ScriptedServer> {
  return openServerByText(new Map(table.map(({ name, behaviours }) => [name, behaviours])));
}

/** All at once, because the silent ones take their whole deadline. */
async function endOfAll(strategy: StrategyName): Promise<ReadonlyMap<string, Ended>> {
  const server = await openTable();
  const hosts = new Map<string, Promise<DeliveryHost>>();
  const hostOf = (row: Row) => {
    const kind = `${row.to} ${row.acceptsDuplicates}`;
    const host = hosts.get(kind) ?? openHost(strategy, server, row);
    hosts.set(kind, host);
    return host;
  };
  const outcomes = await Promise.all(
    table.map(async (row, index) => {
      const { sender } = await hostOf(row);
      return sender.send({ id: `n${index}`, path: 'expiry', channel: `channel-${index}`, text: row.name });
    }),
  );
  for (const host of hosts.values()) await (await host).close();
  await server.close();
  const texts = server.requests.map((body): string => JSON.parse(body).text);
  return new Map(
    table.map(({ name }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error('there is an outcome for each row');
      return [name, { outcome, requests: texts.filter((text) => text === name).length }];
    }),
  );
}

async function openHost(
  strategy: StrategyName,
  { baseUrl, webhookUrl }: ScriptedServer,
  row: Row,
): Promise<DeliveryHost> {
  const target: Target =
    row.to === 'webhook'
      ? { kind: 'webhook', url: webhookUrl }
      : { kind: 'bot', baseUrl, token: 'xoxb-test-token' };
  const resilience = { maxRetries: 1, retryAmbiguous: row.acceptsDuplicates, rate: null, breaker: null };
  const { open } = await loadStrategy(strategy);
  return open({ target, deadlineMs, connections: table.length, queueLimit: 1000, resilience });
}

/** What a caller sees, but for what is each message's own. */
function comparable({ outcome, requests }: Ended): object {
  const { id: _id, durationMs: _durationMs, via: _via, ...rest } = outcome;
  // A time of day that is another for each.
  const message = 'message' in rest ? rest.message.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then') : null;
  return { ...rest, message, requests };
}

let onTheSpot: ReadonlyMap<string, Ended>;
beforeAll(async () => {
  onTheSpot = await endOfAll('fetch-in-worker');
});

describe.each(strategyNames)('with %s', (strategy) => {
  let ended: ReadonlyMap<string, Ended>;
  beforeAll(async () => {
    ended = await endOfAll(strategy);
  });

  test.each(table.map((row) => [row.name, row] as const))('%s', (name, { outcome, requests }) => {
    expect(ended.get(name)).toMatchObject({ outcome, requests });
  });

  test('every outcome is the same, word for word, as that of a request made on the spot', () => {
    expect(allOf(ended)).toEqual(allOf(onTheSpot));
  });
});

function allOf(ended: ReadonlyMap<string, Ended>): readonly object[] {
  return [...ended].map(([name, one]) => ({ name, ...comparable(one) }));
}

test.each(strategyNames)('with %s a port that refuses is provably not posted', async (strategy) => {
  const closed = await openScriptedServer();
  await closed.close();
  const target: Target = { kind: 'bot', baseUrl: closed.baseUrl, token: 'xoxb-test-token' };
  const resilience = { maxRetries: 1, retryAmbiguous: false, rate: null, breaker: null };
  const { open } = await loadStrategy(strategy);
  const host = await open({ target, deadlineMs: 5000, connections: 1, queueLimit: 1, resilience });
  const outcome = await host.sender.send({ id: 'n1', path: 'expiry', channel: 'C1', text: 'hello' });
  await host.close();
  expect(outcome).toMatchObject({ status: 'failed', code: 'refused', ambiguous: false, attempts: 0 });
});

test.each(strategyNames)(
  'with %s a notification that Slack would refuse is never requested',
  async (strategy) => {
    const own = await openScriptedServer(posted);
    const target: Target = { kind: 'bot', baseUrl: own.baseUrl, token: 'xoxb-test-token' };
    const { open } = await loadStrategy(strategy);
    const host = await open({ target, deadlineMs: 1000, connections: 1, queueLimit: 1 });
    const buttons = [{ text: 'x'.repeat(76), actionId: 'a' }];
    const outcome = await host.sender.send({
      id: 'n1',
      path: 'expiry',
      channel: 'C1',
      text: 'hello',
      buttons,
    });
    await host.close();
    expect(outcome).toMatchObject({
      status: 'failed',
      code: 'invalid-notification',
      message: 'buttons[0].text has 76 characters; Slack takes at most 75; shorten it',
      attempts: 0,
    });
    expect(own.requests).toEqual([]);
    await own.close();
  },
);
