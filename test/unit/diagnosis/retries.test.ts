import { describe, expect, it } from 'vitest';
import {
  fingerprint,
  keysOfRecoveredTries,
  repeatsMessage,
  saysTheSame,
  type Try,
  tryKey,
} from '../../../src/diagnosis/retries.ts';

const body = fingerprint('{"text":"Timer expired"}');
const failed: Try = { method: 'POST', origin: 'http://a', path: '/send', body };
const isMadeGoodBy = (good: Partial<Try>, bad: Try = failed) =>
  keysOfRecoveredTries({ ...failed, ...good }).includes(tryKey(bad));

describe('a request that went well makes good', () => {
  it('an earlier try of the same message', () => expect(isMadeGoodBy({})).toBe(true));
  it('a try at another host', () => expect(isMadeGoodBy({ origin: 'http://b' })).toBe(true));
  it('a try of which only the length is known', () =>
    expect(isMadeGoodBy({}, { ...failed, body: '24:' })).toBe(true));
  it('a try at the same host of whose body nothing is known', () =>
    expect(isMadeGoodBy({}, { ...failed, body: null })).toBe(true));
  it('a multipart body with another boundary', () => {
    const form = (boundary: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="text"\r\n\r\nTimer expired\r\n--${boundary}--\r\n`;
    expect(fingerprint(form('axios-boundary-2'))).toBe(fingerprint(form('axios-boundary-1')));
  });
});

describe('a request that went well says nothing of', () => {
  it('another message', () => expect(isMadeGoodBy({ body: fingerprint('other') })).toBe(false));
  it('another path', () => expect(isMadeGoodBy({ path: '/other' })).toBe(false));
  it('another method', () => expect(isMadeGoodBy({ method: 'PUT' })).toBe(false));
  it('a try at another host of whose body nothing is known', () =>
    expect(isMadeGoodBy({ origin: 'http://b' }, { ...failed, body: null })).toBe(false));
});

describe('a body says again', () => {
  it('not what goes to another recipient', () =>
    expect(repeatsMessage('{"chat_id":44,"text":"Closed"}', '{"chat_id":43,"text":"Closed"}')).toBe(false));
  it('what it contains', () => expect(repeatsMessage('exit 102 (again)', 'exit 102')).toBe(true));
  it('an object with another attempt and another time', () =>
    expect(
      repeatsMessage('{"text":"Tea","attempt":2,"sentAt":20}', '{"text":"Tea","attempt":1,"sentAt":10}'),
    ).toBe(true));
  it('an object whose text has grown', () =>
    expect(repeatsMessage('{"text":"Retry: tea is ready"}', '{"text":"tea is ready"}')).toBe(true));
});

describe('a body does not say again', () => {
  it('another text', () => expect(repeatsMessage('exit 103', 'exit 102')).toBe(false));
  it('another object', () =>
    expect(repeatsMessage('{"text":"Eggs","id":2}', '{"text":"Tea","id":1}')).toBe(false));
  it('an object of which only the try is known', () =>
    expect(repeatsMessage('{"id":2,"x":1}', '{"id":1}')).toBe(false));
  it('an empty body', () => expect(repeatsMessage('exit 103', '')).toBe(false));
});

describe('a body says to somebody else', () => {
  it.each([
    [
      'the same, named',
      '{"channel":"#general","text":"Tea is ready"}',
      '{"channel":"#kitchen","text":"Tea is ready"}',
    ],
    ['the same, numbered', '{"chat_id":44,"text":"Tea is ready"}', '{"chat_id":43,"text":"Tea is ready"}'],
    ['the same and more', '{"to":"b","text":"Tea is ready (for a)"}', '{"to":"a","text":"Tea is ready"}'],
    ['plain text', 'Tea is ready', 'Tea is ready'],
  ])('%s', (_what, body, before) => expect(saysTheSame(body, before)).toBe(true));
  it.each([
    ['another text', '{"channel":"#general","text":"Eggs"}', '{"channel":"#kitchen","text":"Tea is ready"}'],
    ['nothing but who it is', '{"channel":"#general"}', '{"channel":"#kitchen"}'],
    ['another plain text', 'Tea is ready, and the eggs', 'Tea is ready'],
  ])('not %s', (_what, body, before) => expect(saysTheSame(body, before)).toBe(false));
});
