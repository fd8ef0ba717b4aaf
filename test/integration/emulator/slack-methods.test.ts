import { ErrorCode, type View, type WebClient } from '@slack/web-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator, Session } from '../../../dist/emulator/emulator.js';
import { parseFaults } from '../../../dist/emulator/faults.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
import { post } from './post.ts';
import { errorOf, clientOf as openClient } from './web-client.ts';

let emulator: Emulator;
let session: Session;
let slack: WebClient;
beforeAll(async () => {
  emulator = await startEmulator();
  session = await emulator.open({});
  slack = clientOf(session);
});
afterAll(() => emulator.close());

/** A limit is an error to be seen, not a wait. */
const clientOf = (opened: Session, token?: string) =>
  openClient(opened, token, { rejectRateLimitedCalls: true });

async function posted(text = 'first', more: { thread_ts?: string; reply_broadcast?: boolean } = {}) {
  const { channel, ts } = await slack.chat.postMessage({ channel: '#general', text, ...more } as never);
  return { channel: String(channel), ts: String(ts) };
}

describe('a message that was posted', () => {
  it('changes in place, and says that it was edited', async () => {
    const { channel, ts } = await posted();
    await slack.chat.update({ channel, ts, text: 'second' });
    const { messages } = await slack.conversations.history({
      channel,
      latest: ts,
      inclusive: true,
      limit: 1,
    });
    expect(messages).toEqual([
      expect.objectContaining({
        ts,
        text: 'second',
        edited: expect.objectContaining({ ts: expect.any(String) }),
      }),
    ]);
  });

  it('is gone once it is deleted', async () => {
    const { channel, ts } = await posted();
    await slack.chat.delete({ channel, ts });
    expect(await errorOf(slack.chat.update({ channel, ts, text: 'late' }))).toBe('message_not_found');
  });

  it('has its replies in its thread, and in the channel only where they are broadcast', async () => {
    const { channel, ts } = await posted('parent');
    await posted('quiet reply', { thread_ts: ts });
    await posted('loud reply', { thread_ts: ts, reply_broadcast: true });
    const thread = await slack.conversations.replies({ channel, ts });
    expect(thread.messages?.map(({ text }) => text)).toEqual(['parent', 'quiet reply', 'loud reply']);
    const { messages } = await slack.conversations.history({ channel, oldest: ts, inclusive: true });
    expect(messages?.map(({ text }) => text)).toEqual(['loud reply', 'parent']);
    expect(messages?.at(-1)).toMatchObject({ reply_count: 2 });
  });

  it('carries reactions, one of a name from each user', async () => {
    const { channel, ts } = await posted();
    await slack.reactions.add({ channel, timestamp: ts, name: 'eyes' });
    expect(await errorOf(slack.reactions.add({ channel, timestamp: ts, name: 'eyes' }))).toBe(
      'already_reacted',
    );
    const { message } = await slack.reactions.get({ channel, timestamp: ts });
    expect(message?.reactions).toEqual([{ name: 'eyes', users: ['U0TIMERBOT'], count: 1 }]);
    await slack.reactions.remove({ channel, timestamp: ts, name: 'eyes' });
    expect(await errorOf(slack.reactions.remove({ channel, timestamp: ts, name: 'eyes' }))).toBe(
      'no_reaction',
    );
  });

  it('has a permalink', async () => {
    const { channel, ts } = await posted();
    const { permalink } = await slack.chat.getPermalink({ channel, message_ts: ts });
    expect(permalink).toMatch(new RegExp(`/archives/${channel}/p${ts.replace('.', '')}$`));
  });

  it('keeps its metadata for those who ask for it', async () => {
    const channel = '#metadata';
    const metadata = { event_type: 'timer', event_payload: { id: 'n1' } };
    const sent = await slack.chat.postMessage({ channel, text: 'x', metadata });
    const plain = await slack.conversations.history({ channel: String(sent.channel) });
    expect(plain.messages?.[0]).not.toHaveProperty('metadata');
    const whole = await slack.conversations.history({
      channel: String(sent.channel),
      include_all_metadata: true,
    });
    expect(whole.messages?.[0]?.metadata).toEqual(metadata);
  });
});

describe('other methods', () => {
  it('page through their lists with cursors', async () => {
    const pages: object[] = [];
    for await (const page of slack.paginate('users.list', { limit: 3 })) pages.push(page);
    expect(pages.flatMap((page) => Object(page).members).map((member) => Object(member).id)).toEqual([
      'U0TIMERBOT',
      'U0ALICE',
      'U0BOB',
      'USLACKBOT',
    ]);
  });

  it('know a person by the address, and nobody by another', async () => {
    const { user } = await slack.users.lookupByEmail({ email: 'alice@example.com' });
    expect(user?.profile?.email).toBe('alice@example.com');
    expect((await slack.users.info({ user: String(user?.id) })).user?.id).toBe(user?.id);
    expect(await errorOf(slack.users.lookupByEmail({ email: 'nobody@example.com' }))).toBe('users_not_found');
  });

  it('say what is wrong with blocks before they are sent', async () => {
    const validate = (blocks: readonly object[]) => errorOf(slack.apiCall('blocks.validate', { blocks }));
    expect(await validate([{ type: 'divider' }])).toBe(null);
    expect(await validate([{ type: 'dividre' }])).toBe('invalid_blocks');
  });

  it('refuse attachments that mix old fields with blocks', async () => {
    const attachments = [{ callback_id: 'c', title: 't', blocks: [] }];
    expect(await errorOf(slack.chat.postMessage({ channel: '#general', text: 'x', attachments }))).toBe(
      'invalid_attachments',
    );
  });

  it('refuse a time in the past and one too far ahead', async () => {
    const at = (post_at: number) => slack.chat.scheduleMessage({ channel: '#general', text: 'x', post_at });
    const now = Math.trunc(Date.now() / 1000);
    expect(await errorOf(at(now - 10))).toBe('time_in_past');
    expect(await errorOf(at(now + 121 * 24 * 3600))).toBe('time_too_far');
    const { scheduled_message_id: id } = await at(now + 60);
    const listed = await slack.chat.scheduledMessages.list();
    expect(listed.scheduled_messages?.map((one) => one.id)).toEqual([id]);
  });

  it('take a file’s bytes at the URL that they give, and know when none came', async () => {
    const { upload_url, file_id } = await slack.files.getUploadURLExternal({ filename: 'a.txt', length: 3 });
    const complete = () =>
      slack.files.completeUploadExternal({ files: [{ id: String(file_id), title: 'A' }] });
    expect(await errorOf(complete())).toBe('file_not_found');
    await fetch(String(upload_url), { method: 'POST', body: 'abc' });
    expect((await complete()).files).toMatchObject([{ id: file_id, title: 'A' }]);
  });

  it('post a scheduled message when its time has come, and list it no more', async () => {
    const channel = '#later';
    const postAt = Math.trunc(Date.now() / 1000) + 1;
    const scheduled = await slack.chat.scheduleMessage({
      channel,
      text: 'tea is ready',
      post_at: postAt,
      metadata: { event_type: 'tea', event_payload: { id: 't1' } },
    });
    const id = String(scheduled.channel);
    const isPosted = new Promise<void>((resolve) => session.onArrival(() => resolve()));
    expect((await slack.conversations.history({ channel: id })).messages).toEqual([]);
    await isPosted;
    const { messages } = await slack.conversations.history({ channel: id });
    expect(messages).toMatchObject([{ text: 'tea is ready' }]);
    expect(session.arrivals.at(-1)?.id).toBe('t1');
    expect(Number(messages?.[0]?.ts)).toBeGreaterThanOrEqual(postAt);
    expect((await slack.chat.scheduledMessages.list({ channel: id })).scheduled_messages).toEqual([]);
    const scheduled_message_id = String(scheduled.scheduled_message_id);
    expect(await errorOf(slack.chat.deleteScheduledMessage({ channel: id, scheduled_message_id }))).toBe(
      'invalid_scheduled_message_id',
    );
  });

  it('show an ephemeral message to its reader only', async () => {
    const { channel } = await posted('for all');
    await slack.chat.postEphemeral({ channel, user: 'U0ALICE', text: 'for Alice' });
    const { messages } = await slack.conversations.history({ channel, limit: 1 });
    expect(messages?.[0]?.text).toBe('for all');
  });

  it('post what the bot says of itself', async () => {
    const { channel } = await posted('x');
    await slack.chat.meMessage({ channel, text: 'makes tea' });
    const { messages } = await slack.conversations.history({ channel, limit: 1 });
    expect(messages).toMatchObject([{ text: 'makes tea', subtype: 'me_message' }]);
  });

  it('open a group for several people, the same one for the same people', async () => {
    const open = async (users: string) => (await slack.conversations.open({ users })).channel?.id;
    expect(await open('U0ALICE,U0BOB')).toMatch(/^G/);
    expect(await open('U0BOB,U0ALICE')).toBe(await open('U0ALICE,U0BOB'));
    expect(await open('U0ALICE')).toBe('D0ALICE');
  });

  it('leave archived channels out of a list where asked', async () => {
    const { channel } = await slack.conversations.create({ name: 'old' });
    await slack.conversations.archive({ channel: String(channel?.id) });
    const names = async (exclude_archived: boolean) =>
      (await slack.conversations.list({ exclude_archived })).channels?.map(({ name }) => name);
    expect(await names(false)).toContain('old');
    expect(await names(true)).not.toContain('old');
  });

  it('know a view again, and what it was when it was last seen', async () => {
    const view: View = { type: 'modal', title: { type: 'plain_text', text: 'T' }, blocks: [] };
    const opened = await slack.views.open({ trigger_id: '1.2', view });
    const view_id = String(opened.view?.id);
    const hash = String(opened.view?.hash);
    expect((await slack.views.update({ view_id, hash, view })).view?.id).toBe(view_id);
    expect(await errorOf(slack.views.update({ view_id, hash, view }))).toBe('hash_conflict');
    expect(await errorOf(slack.views.update({ view_id: 'V0', view }))).toBe('not_found');
  });

  it.each(['as it is', 'as a form', 'as a form with an epilogue'])(
    'share an uploaded file %s by a message',
    async (how) => {
      const parent = await posted('the log?');
      const { upload_url, file_id } = await slack.files.getUploadURLExternal({
        filename: 'a.txt',
        length: 3,
      });
      const end = how === 'as a form' ? '--xyz--\r\n' : '--xyz--\r\n\r\n--xyz--\r\n';
      const form = `--xyz\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc\r\n${end}`;
      await fetch(String(upload_url), {
        method: 'POST',
        ...(how === 'as it is'
          ? { body: 'abc' }
          : { body: form, headers: { 'content-type': 'multipart/form-data; boundary=xyz' } }),
      });
      await slack.files.completeUploadExternal({
        files: [{ id: String(file_id), title: 'A' }],
        channel_id: parent.channel,
        thread_ts: parent.ts,
        initial_comment: 'here',
      });
      const { messages } = await slack.conversations.replies({ channel: parent.channel, ts: parent.ts });
      expect(messages?.[1]).toMatchObject({ text: 'here', files: [{ id: file_id, title: 'A', size: 3 }] });
      expect((await slack.files.list({ count: 1 })).files).toMatchObject([{ id: file_id }]);
    },
  );

  it('read Markdown that begins in one piece of a stream and ends in the next', async () => {
    const parent = await posted('question');
    const stream = { channel: parent.channel, recipient_team_id: 'T1', recipient_user_id: 'U1' };
    const started = await slack.chat.startStream({
      ...stream,
      thread_ts: parent.ts,
      markdown_text: 'so **bo',
    });
    const ts = String(started.ts);
    await slack.chat.appendStream({ channel: parent.channel, ts, markdown_text: 'ld**' });
    expect(await errorOf(slack.chat.update({ channel: parent.channel, ts, text: 'x' }))).toBe(
      'streaming_state_conflict',
    );
    const stopped = await slack.chat.stopStream({ channel: parent.channel, ts });
    expect(stopped.message?.text).toBe('so *bold*');
    expect(await errorOf(slack.chat.startStream({ channel: parent.channel, thread_ts: parent.ts }))).toBe(
      'missing_recipient_team_id',
    );
  });

  it('stream a message in pieces, and take no more once it is stopped', async () => {
    const parent = await posted('question');
    const call = (method: string, args: object) =>
      slack.apiCall(method, { channel: parent.channel, ...args });
    const recipient = { recipient_team_id: 'T0TIMERTEAM', recipient_user_id: 'U0ALICE' };
    const started = await call('chat.startStream', {
      thread_ts: parent.ts,
      markdown_text: 'one ',
      ...recipient,
    });
    const ts = String(Object(started).ts);
    await call('chat.appendStream', { ts, markdown_text: 'two ' });
    await call('chat.stopStream', { ts, markdown_text: 'three' });
    const { messages } = await slack.conversations.replies({ channel: parent.channel, ts: parent.ts });
    expect(messages?.at(-1)?.text).toBe('one two three');
    expect(await errorOf(call('chat.appendStream', { ts, markdown_text: 'four' }))).toBe(
      'message_not_in_streaming_state',
    );
  });

  it('that Slack has and the emulator lacks are told from typing mistakes', async () => {
    const messagesOf = async (method: string) =>
      Object(JSON.parse((await post(session.baseUrl, { method })).body)).response_metadata?.messages;
    expect(await messagesOf('calls.add')).toEqual([
      expect.stringContaining('emulator does not have calls.add'),
    ]);
    expect(await messagesOf('chat.postMesage')).toBeUndefined();
    expect(await messagesOf('nonsense')).toBeUndefined();
  });
});

describe('the truth about a message', () => {
  it('refuses a thread_ts that is none', async () => {
    expect(await errorOf(slack.chat.postMessage({ channel: '#general', text: 'x', thread_ts: '0' }))).toBe(
      'invalid_thread_ts',
    );
  });

  it('reads Markdown as Slack does', async () => {
    const args = { channel: '#general', markdown_text: '**bold** https://example.com' };
    const { message } = await slack.chat.postMessage(args as never);
    expect(message?.text).toBe('*bold* <https://example.com>');
  });

  it('makes a text without blocks a rich_text block, with its markup read', async () => {
    const { message } = await slack.chat.postMessage({ channel: '#general', text: 'a *b* <@U0BOB>' });
    expect(message?.blocks).toEqual([
      {
        type: 'rich_text',
        block_id: expect.any(String),
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'a ' },
              { type: 'text', text: 'b', style: { bold: true } },
              { type: 'text', text: ' ' },
              { type: 'user', user_id: 'U0BOB' },
            ],
          },
        ],
      },
    ]);
  });

  it('splits a long text into messages of 4000 characters, and one arrival', async () => {
    const own = await emulator.open({});
    const { channel, ts } = await clientOf(own).chat.postMessage({
      channel: '#long',
      text: 'x'.repeat(9000),
    });
    const { messages = [] } = await clientOf(own).conversations.history({ channel: String(channel) });
    expect(messages.map(({ text }) => text?.length)).toEqual([1000, 4000, 4000]);
    expect([messages.at(-1)?.ts, (await own.stats()).arrivals]).toEqual([ts, 1]);
    await own.close();
  });

  it('refuses to change a message into one that is too long', async () => {
    const { channel, ts } = await posted();
    expect(await errorOf(slack.chat.update({ channel, ts, text: 'x'.repeat(4001) }))).toBe('msg_too_long');
  });

  it('gives blocks an ID where they have none', async () => {
    const { message } = await slack.chat.postMessage({
      channel: '#general',
      text: 'x',
      blocks: [{ type: 'divider' }, { type: 'divider', block_id: 'mine' }],
    });
    expect(message?.blocks).toEqual([
      { type: 'divider', block_id: expect.any(String) },
      { type: 'divider', block_id: 'mine' },
    ]);
  });

  it('lets auth.test pass for a token whose error is not about the token', async () => {
    const refused = clientOf(session, 'xoxb-test-channel_not_found');
    expect((await refused.auth.test()).ok).toBe(true);
    expect(await errorOf(refused.chat.postMessage({ channel: 'C1', text: 'x' }))).toBe('channel_not_found');
    expect(await errorOf(clientOf(session, 'xoxb-test-token_revoked').auth.test())).toBe('token_revoked');
  });
});

describe('a channel', () => {
  it('keeps its topic, its members and its pins', async () => {
    const { channel, ts } = await posted();
    await slack.conversations.setTopic({ channel, topic: 'timers' });
    await slack.conversations.invite({ channel, users: 'U0BOB' });
    await slack.pins.add({ channel, timestamp: ts });
    const { channel: known } = await slack.conversations.info({ channel });
    expect([known?.topic?.value, known?.num_members]).toEqual(['timers', 2]);
    expect((await slack.pins.list({ channel })).items).toMatchObject([{ message: { ts } }]);
    expect(await errorOf(slack.pins.add({ channel, timestamp: ts }))).toBe('already_pinned');
  });

  it('that is archived takes no message until it is back', async () => {
    const channel = 'C0ARCHIVED';
    await slack.conversations.archive({ channel });
    expect(await errorOf(slack.chat.postMessage({ channel, text: 'x' }))).toBe('is_archived');
    await slack.conversations.unarchive({ channel });
    expect((await slack.chat.postMessage({ channel, text: 'x' })).ok).toBe(true);
  });

  it('gives a thread to a form and not to JSON, as Slack does', async () => {
    const { channel, ts } = await posted();
    const { body } = await post(session.baseUrl, {
      method: 'conversations.replies',
      body: JSON.stringify({ channel, ts }),
    });
    expect(JSON.parse(body).error).toBe('invalid_arguments');
  });
});

describe('a fault', () => {
  async function underFault(spec: string, use: (client: WebClient, session: Session) => Promise<void>) {
    const own = await emulator.open({ faults: parseFaults([spec]) });
    await use(clientOf(own), own);
    await own.close();
  }

  it('named by method leaves the others alone', () =>
    underFault('chat.postMessage/rate-limit:first-1', async (client) => {
      expect((await client.auth.test()).ok).toBe(true);
      const call = () => client.chat.postMessage({ channel: 'C1', text: 'x' });
      expect(await errorOf(call())).toBe(ErrorCode.RateLimitedError);
      expect((await call()).ok).toBe(true);
    }));

  it.each([
    ['rate-limit-bare', undefined],
    ['rate-limit-date', expect.stringMatching(/GMT$/)],
    ['rate-limit-empty', '1'],
  ])('%s answers 429 with Retry-After %s', (spec, retryAfter) =>
    underFault(spec, async (_client, { baseUrl }) => {
      const { status, headers, body } = await post(baseUrl);
      expect([status, headers['retry-after'], body === '']).toEqual([
        429,
        retryAfter,
        spec === 'rate-limit-empty',
      ]);
    }),
  );

  it('status-503:json answers as JSON', () =>
    underFault('status-503:json', async (_client, { baseUrl }) => {
      const { status, body } = await post(baseUrl);
      expect([status, JSON.parse(body).ok]).toEqual([503, false]);
    }));

  it('close ends the connection without an answer', () =>
    underFault('close', async (client, own) => {
      expect(await errorOf(client.chat.postMessage({ channel: 'C1', text: 'x' }))).toBe(
        ErrorCode.RequestError,
      );
      expect((await own.stats()).arrivals).toBe(0);
    }));

  it('ok-warning posts the message and warns', () =>
    underFault('ok-warning:message_truncated', async (client, own) => {
      const { warning } = await client.chat.postMessage({ channel: 'C1', text: 'x' });
      await own.flush();
      expect([warning, own.arrivals.length]).toEqual(['message_truncated', 1]);
    }));

  it('that strikes before the message was posted changes nothing', () =>
    underFault('chat.update/half-body', async (client) => {
      const { channel, ts } = await client.chat.postMessage({ channel: 'C1', text: 'before' });
      await errorOf(client.chat.update({ channel: String(channel), ts: String(ts), text: 'after' }));
      const { messages } = await client.conversations.history({ channel: String(channel) });
      expect(messages?.map(({ text }) => text)).toEqual(['before']);
    }));
});
