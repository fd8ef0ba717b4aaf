import { describe, expect, test } from 'vitest';
import { describeError, knownErrorCodes } from '../../../src/slack/errors.ts';
import { type HttpResponse, interpretResponse } from '../../../src/slack/response.ts';

const slackPage = '<!DOCTYPE html><html><head><title>Server Error | Slack</title></head></html>';

function reply(status: number, body: unknown, headers: HttpResponse['headers'] = {}): HttpResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

describe('a Web API reply', () => {
  test('with ok:true is posted, with its channel, ts and warnings', () => {
    const answer = {
      ok: true,
      channel: 'C123ABC456',
      ts: '1503435956.000247',
      warning: 'message_truncated,missing_charset',
      response_metadata: { warnings: ['missing_charset'] },
    };
    expect(interpretResponse('bot', reply(200, answer))).toEqual({
      kind: 'posted',
      channel: 'C123ABC456',
      ts: '1503435956.000247',
      warnings: ['message_truncated', 'missing_charset'],
    });
  });

  test.each(knownErrorCodes)('refusing with %s is classed as its description says', (code) => {
    const { class: errorClass, meaning } = describeError(code);
    expect(interpretResponse('bot', reply(200, { ok: false, error: code }))).toMatchObject({
      kind: 'refused',
      code,
      message: expect.stringContaining(meaning),
      retryable: errorClass !== 'permanent',
      ambiguous: errorClass === 'ambiguous',
    });
  });

  test('with an unknown code keeps the code and is taken as permanent', () => {
    expect(interpretResponse('bot', reply(200, { ok: false, error: 'brand_new_code' }))).toMatchObject({
      code: 'brand_new_code',
      retryable: false,
      ambiguous: false,
    });
  });

  test('of missing_scope says which scope is needed', () => {
    const answer = { ok: false, error: 'missing_scope', needed: 'chat:write', provided: 'channels:read' };
    expect(interpretResponse('bot', reply(200, answer))).toMatchObject({
      message: expect.stringContaining('needed: chat:write; provided: channels:read'),
    });
  });

  test('of invalid_blocks repeats where Slack points to', () => {
    const said = '[ERROR] must be less than 3001 characters [json-pointer:/blocks/11/text/text]';
    const answer = { ok: false, error: 'invalid_blocks', response_metadata: { messages: [said] } };
    expect(interpretResponse('bot', reply(200, answer))).toMatchObject({
      message: expect.stringContaining(said),
    });
  });

  test.each([
    ['a page', slackPage],
    ['nothing', ''],
    ['cut JSON', '{"ok":tr'],
    ['null', 'null'],
    ['an object without ok', '{}'],
    ['the word ok', 'ok'],
  ])('of 200 with %s may have been posted and is never sent again', (_what, body) => {
    expect(interpretResponse('bot', reply(200, body))).toMatchObject({
      code: 'bad-response',
      retryable: false,
      ambiguous: true,
    });
  });
});

describe('what a server says about itself', () => {
  test.each([
    ['an escape sequence', 'C0\u001b[2J'],
    ['a second line', 'C0\n✔ expiry delivered to C1'],
    ['a reversed text', 'C0\u202e'],
    ['nothing but a space', ' '],
    ['a number', 17],
  ])('%s is no channel and no ts', (_what, value) => {
    const answer = { ok: true, channel: value, ts: value };
    expect(interpretResponse('bot', reply(200, answer))).toMatchObject({
      kind: 'posted',
      channel: null,
      ts: null,
    });
  });

  test('is printable wherever it is quoted', () => {
    const hostile = 'a\u001b[2J\r\nb\u2028c\u202ed';
    const refusals = [
      reply(200, { ok: false, error: hostile }),
      reply(200, {
        ok: false,
        error: 'invalid_blocks',
        errors: [hostile],
        needed: hostile,
        provided: hostile,
      }),
      reply(502, `<title>${hostile}</title>`),
      reply(200, `<title>${hostile}</title>`),
    ];
    for (const refusal of refusals) {
      const read = interpretResponse('bot', refusal);
      if (read.kind !== 'refused') throw new Error('it was taken as posted');
      expect(read.message).toMatch(/^[^\p{Cc}\p{Zl}\p{Bidi_Control}]+$/u);
    }
    const posted = interpretResponse('bot', reply(200, { ok: true, warning: hostile }));
    if (posted.kind !== 'posted') throw new Error('it was not taken as posted');
    expect(posted.warnings).toEqual(['a [2J b c d']);
  });

  test.each(['refused', 'closed', 'queue-full', 'timed-out', 'no such channel', '', 'x'.repeat(200)])(
    'a code %j that is none of Slack’s is no code of ours either',
    (word) => {
      expect(interpretResponse('bot', reply(200, { ok: false, error: word }))).toMatchObject({
        code: 'bad-response',
        retryable: false,
        ambiguous: false,
      });
    },
  );
});

describe('how long a server asks to wait', () => {
  test.each([
    ['a day', { 'retry-after': '86400' }, 86_400_000],
    ['no time', { 'retry-after': '0' }, 0],
    ['more than any timer holds', { 'retry-after': '9'.repeat(400) }, 2 ** 31 - 1],
    ['nothing that is a time', { 'retry-after': 'soon' }, null],
    ['a negative time', { 'retry-after': '-5' }, null],
  ])('%s', (_what, headers, retryAfterMs) => {
    expect(interpretResponse('bot', reply(429, '', headers))).toMatchObject({
      code: 'rate-limited',
      retryAfterMs,
      ambiguous: false,
      message: expect.stringContaining('not posted'),
    });
  });

  test('is kept of a 503 too', () => {
    expect(interpretResponse('bot', reply(503, slackPage, { 'retry-after': '7' }))).toMatchObject({
      code: 'http-error',
      ambiguous: true,
      retryAfterMs: 7000,
    });
  });
});

describe('a webhook’s reply', () => {
  test.each([
    [400, 'invalid_attachments'],
    [400, 'a_word_of_tomorrow'],
  ])('of %i keeps Slack’s word %s', (status, word) => {
    expect(interpretResponse('webhook', reply(status, word))).toMatchObject({ code: word, retryable: false });
  });

  test.each(['Forbidden', 'forbidden', 'not found'])('of 403 with %s is a proxy’s', (word) => {
    expect(interpretResponse('webhook', reply(403, word))).toMatchObject({ code: 'http-error' });
  });

  test('of a workflow that refuses has Slack’s word in JSON', () => {
    expect(
      interpretResponse('webhook', reply(200, { ok: false, error: 'invalid_workflow_input' })),
    ).toMatchObject({
      code: 'invalid_workflow_input',
      ambiguous: false,
    });
  });

  test.each([['ok'], ['ok\n'], ['{ "ok": true }']])('of 200 with %s is posted, without a ts', (body) => {
    expect(interpretResponse('webhook', reply(200, body))).toEqual({
      kind: 'posted',
      channel: null,
      ts: null,
      warnings: [],
    });
  });

  test('of 200 with anything else may have been posted', () => {
    expect(interpretResponse('webhook', reply(200, slackPage))).toMatchObject({
      ambiguous: true,
      retryable: false,
    });
  });

  test.each([
    [400, 'invalid_payload', false, false],
    [400, 'no_text', false, false],
    [400, 'missing_text', false, false],
    [400, 'user_not_found', false, false],
    [400, 'too_many_attachments', false, false],
    [400, 'invalid_blocks', false, false],
    [403, 'action_prohibited', false, false],
    [403, 'invalid_token', false, false],
    [403, 'posting_to_general_channel_denied', false, false],
    [403, 'team_disabled', false, false],
    [404, 'channel_not_found', false, false],
    [404, 'no_service', false, false],
    [404, 'no_active_hooks', false, false],
    [404, 'no_service_id', false, false],
    [404, 'no_team', false, false],
    [410, 'channel_is_archived', false, false],
    [500, 'rollup_error', true, true],
  ])('of %i %s has the code and its class', (status, code, retryable, ambiguous) => {
    expect(interpretResponse('webhook', reply(status, code))).toMatchObject({ code, retryable, ambiguous });
  });

  test('of 429 takes the seconds from the body where the header is missing', () => {
    const answer = { retry_after: 3, ok: false, error: 'rate_limited' };
    expect(interpretResponse('webhook', reply(429, answer))).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 3000,
    });
  });
});

describe('an HTTP error', () => {
  test.each([
    [302, '', false, false],
    [401, slackPage, false, false],
    [403, '', false, false],
    [404, slackPage, false, false],
    [407, '', false, false],
    [408, 'stream timeout', true, false],
    [500, '', true, true],
    [502, '<html>Bad Gateway</html>', true, true],
    [503, slackPage, true, true],
    [504, '', true, true],
  ])('%i is http-error with its class', (status, body, retryable, ambiguous) => {
    expect(interpretResponse('bot', reply(status, body))).toMatchObject({
      code: 'http-error',
      message: expect.stringContaining(`HTTP ${status}`),
      retryable,
      ambiguous,
    });
  });

  test('of 503 quotes the title of Slack’s page', () => {
    expect(interpretResponse('bot', reply(503, slackPage))).toMatchObject({
      message: expect.stringContaining('(Server Error | Slack)'),
    });
  });

  test('never lets control characters through to the terminal', () => {
    const answer = interpretResponse('bot', reply(503, '<title>\u001b[31mred\u0007</title>'));
    expect(answer).toMatchObject({ message: expect.not.stringMatching(/\p{Cc}/u) });
  });
});

describe('HTTP 429', () => {
  test.each([
    ['1', 1000],
    ['1.9', 1900],
    ['0', 0],
  ])('with Retry-After %s waits that long', (header, retryAfterMs) => {
    expect(interpretResponse('bot', reply(429, '', { 'retry-after': header }))).toMatchObject({
      code: 'rate-limited',
      retryable: true,
      ambiguous: false,
      retryAfterMs,
    });
  });

  test('with a date in the past need not wait', () => {
    const headers = { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' };
    expect(interpretResponse('bot', reply(429, '', headers))).toMatchObject({ retryAfterMs: 0 });
  });

  test.each([undefined, '', 'soon', '-1'])(
    'with Retry-After %s leaves the wait to the back-off',
    (header) => {
      expect(interpretResponse('bot', reply(429, '', { 'retry-after': header }))).toMatchObject({
        retryAfterMs: null,
      });
    },
  );
});
