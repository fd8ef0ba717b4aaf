import { describe, expect, it } from 'vitest';
import { fingerprint, keysMadeGood, type Try, tryKey } from '../../../src/diagnosis/tries.ts';

const body = fingerprint('{"text":"Timer expired"}');
const failed: Try = { method: 'POST', origin: 'http://a', path: '/send', body };
const isMadeGoodBy = (good: Partial<Try>, bad: Try = failed) =>
  keysMadeGood({ ...failed, ...good }).includes(tryKey(bad));

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
