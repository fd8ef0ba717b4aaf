import fc from 'fast-check';
import { createNotifier, type Notifier, type SendOutcome } from 'timer-notify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScriptedServer, type ScriptedServer } from '../delivery/scripted-server.ts';

const good = { id: 'good', channel: 'C1', text: 'hello' };
const thrower = () => {
  throw new Error('thrown by the caller’s own code');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const revokedList = Proxy.revocable([], {});
revokedList.revoke();
const circular: { self?: unknown } = {};
circular.self = circular;
const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);

/** What a caller without types may pass, and a caller with types by an error. */
const odd: readonly (readonly [name: string, message: unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['a text', 'hello'],
  ['a list', []],
  ['a symbol', Symbol('s')],
  ['a function', () => good],
  ['an empty object', {}],
  ['a revoked proxy', revoked.proxy],
  ['a proxy that throws', new Proxy({}, { get: thrower, ownKeys: thrower })],
  ['no text', { channel: 'C1' }],
  ['a text that is null', { ...good, text: null }],
  ['a text that is an object', { ...good, text: {} }],
  ['a text that is a String', { ...good, text: Object('hello') }],
  [
    'a text that throws',
    {
      channel: 'C1',
      get text() {
        return thrower();
      },
    },
  ],
  [
    'a text that throws what throws',
    {
      channel: 'C1',
      get text() {
        throw { toString: thrower };
      },
    },
  ],
  [
    'an id that throws',
    {
      ...good,
      get id() {
        return thrower();
      },
    },
  ],
  ['no channel', { text: 'hello' }],
  ['a channel that is empty', { ...good, channel: '' }],
  ['a channel that is a number', { ...good, channel: 1 }],
  ['a path of another kind', { ...good, path: 'later' }],
  ['a path that is null', { ...good, path: null }],
  ['a threadTs that is a number', { ...good, threadTs: 1.5 }],
  ['a threadTs that is no timestamp', { ...good, threadTs: 'yesterday' }],
  ['an unknown field', { ...good, thread_ts: '1.5' }],
  ['blocks of null', { ...good, blocks: [null] }],
  ['blocks of text', { ...good, blocks: ['hello'] }],
  ['blocks of lists', { ...good, blocks: [[]] }],
  ['blocks that are an object', { ...good, blocks: {} }],
  ['blocks that are null', { ...good, blocks: null }],
  ['blocks with a hole', { ...good, blocks: Array(1) }],
  ['blocks with a BigInt', { ...good, blocks: [{ type: 'section', n: 1n }] }],
  ['blocks in a circle', { ...good, blocks: [circular] }],
  ['blocks as deep as a well', { ...good, blocks: [{ type: 'x', deep }], text: '' }],
  ['blocks whose toJSON throws', { ...good, blocks: [{ toJSON: thrower }] }],
  ['blocks whose toJSON is nothing', { ...good, blocks: Object.assign([], { toJSON: () => undefined }) }],
  ['blocks that are a revoked proxy', { ...good, blocks: revokedList.proxy }],
  ['blocks without a type', { ...good, blocks: [{}] }],
  ['a section of nothing', { ...good, blocks: [{ type: 'section' }] }],
  ['a section whose fields are null', { ...good, blocks: [{ type: 'section', fields: [null] }] }],
  ['actions of null', { ...good, blocks: [{ type: 'actions', elements: [null] }] }],
  ['a header of null', { ...good, blocks: [{ type: 'header', text: null }] }],
  ['attachments of null', { ...good, attachments: [null] }],
  ['attachments that are a text', { ...good, attachments: 'x' }],
  ['buttons of null', { ...good, buttons: [null] }],
  ['buttons of numbers', { ...good, buttons: [1] }],
  ['buttons of lists', { ...good, buttons: [[]] }],
  ['buttons without anything', { ...good, buttons: [{}] }],
  ['buttons without a text', { ...good, buttons: [{ actionId: 'a' }] }],
  ['buttons whose text is a number', { ...good, buttons: [{ text: 1, actionId: 'a' }] }],
  ['buttons whose actionId is null', { ...good, buttons: [{ text: 'x', actionId: null }] }],
  ['buttons whose value is an object', { ...good, buttons: [{ text: 'x', actionId: 'a', value: {} }] }],
  ['buttons of another style', { ...good, buttons: [{ text: 'x', actionId: 'a', style: 'loud' }] }],
  ['a text too long', { ...good, text: 'x'.repeat(50_000) }],
];

let server: ScriptedServer;
beforeAll(async () => {
  server = await openScriptedServer({
    kind: 'reply',
    status: 200,
    body: '{"ok":true,"channel":"C1","ts":"1.5"}',
  });
});
afterAll(() => server.close());

const strategies = ['fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'] as const;

describe.each(strategies)('with %s', (strategy) => {
  let notifier: Notifier;
  beforeAll(async () => {
    const { baseUrl } = server;
    const name = `odd-${strategy}`;
    notifier = await createNotifier({ token: 'xoxb-test-token', baseUrl, strategy, name, rate: null });
  });
  afterAll(() => notifier.close());

  const send = (message: unknown): Promise<SendOutcome> => Reflect.apply(notifier.send, notifier, [message]);
  const sendAll = (messages: unknown): Promise<SendOutcome[]> =>
    Reflect.apply(notifier.sendAll, notifier, [messages]);

  test.each(odd.map(([name]) => name))(
    '%s is refused, with a reason, and nothing is thrown',
    async (name) => {
      expect(await send(odd.find(([known]) => known === name)?.[1])).toMatchObject({
        status: 'failed',
        code: 'invalid-notification',
        message: expect.stringMatching(/./),
        ambiguous: false,
        attempts: 0,
      });
    },
  );

  test('none of them takes its siblings along, and each has its outcome in its place', async () => {
    const messages = odd.flatMap(([, message], index) => [message, { ...good, id: `n${index}` }]);
    const outcomes = await sendAll(messages);
    expect(outcomes.filter((_, index) => index % 2 === 1)).toEqual(
      odd.map((_, index) => expect.objectContaining({ status: 'delivered', id: `n${index}` })),
    );
    expect(outcomes.filter((_, index) => index % 2 === 0)).toEqual(
      odd.map(() => expect.objectContaining({ status: 'failed', code: 'invalid-notification' })),
    );
  });

  test('a hole in the list has an outcome too', async () => {
    const messages = [good, undefined, good];
    delete messages[1];
    expect(await sendAll(messages)).toMatchObject([
      { status: 'delivered' },
      { status: 'failed', code: 'invalid-notification' },
      { status: 'delivered' },
    ]);
  });

  test('what is no list of messages is refused', async () => {
    for (const messages of [undefined, null, 'x', {}, new Map(), revokedList.proxy]) {
      expect(await sendAll(messages)).toMatchObject([{ status: 'failed', code: 'invalid-notification' }]);
    }
  });

  test('what is sent is what was given, whatever the caller does to it afterwards', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'before' } }];
    const message = { ...good, id: 'changed', text: 'before', blocks };
    const sent = send(message);
    message.text = 'after';
    blocks[0] = { type: 'section', text: { type: 'mrkdwn', text: 'after' } };
    expect(await sent).toMatchObject({ status: 'delivered', id: 'changed' });
    const body = server.requests.findLast((request) => request.includes('"changed"'));
    expect(body).not.toContain('after');
  });

  test('anything at all has one outcome, in its place', async () => {
    const field = fc.oneof(fc.string(), fc.jsonValue(), fc.anything());
    const anything = fc.oneof(
      fc.anything(),
      fc.record(
        {
          channel: fc.oneof(fc.constant('C1'), field),
          text: fc.oneof(fc.constant('hello'), field),
          id: field,
          path: fc.oneof(fc.constant('expiry'), field),
          threadTs: field,
          blocks: fc.oneof(fc.array(field), field),
          attachments: fc.oneof(fc.array(field), field),
          buttons: fc.oneof(fc.array(field), field),
        },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 5 }), async (messages) => {
        const outcomes = await sendAll([...messages, good]);
        expect(outcomes).toHaveLength(messages.length + 1);
        for (const { status } of outcomes) expect(['delivered', 'failed']).toContain(status);
        expect(outcomes.at(-1)).toMatchObject({ status: 'delivered', id: 'good' });
      }),
      { numRuns: 100 },
    );
  });
});
